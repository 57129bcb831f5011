"""Sessions made through `/v1`, and people who come to them by their entry URLs."""

import base64
import json
import time
import urllib.request
from email.utils import formatdate

FAKE_MEDIA = [
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]  # fmt: skip
NO_DEVICES = (
    "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '%s') }"
)
SMALL_PICTURE = """
  const take = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = ({ audio, video }) =>
    take({ audio, video: video && { ...video, width: 160, height: 90 } });
"""  # what many pages on few processors can encode
FRAMES = """peer => {
  const video = document.querySelector(`.tile[data-peer="${peer}"][data-sort=person] video`);
  return video ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
}"""


class Api:
    """The demo's API client."""

    def __init__(self, facts):
        self.base = facts["base_url"]
        credentials = f"{facts['api_key']}:{facts['key_secret']}".encode()
        basic = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}
        token = self._call("/v1/auth/token", b"grant_type=client_credentials", basic)
        self.headers = {
            "Authorization": f"Bearer {token['access_token']}",
            "Content-Type": "application/json",
        }

    def plan(self, *people, starts_in=0, seconds=1800):
        """A session of ("name", "role") pairs; returns it as the API answers."""
        now = time.time()
        return self.send(
            "POST",
            "/v1/sessions",
            session_name="Check-up",
            start_time=formatdate(now + starts_in, usegmt=True),
            end_time=formatdate(now + seconds, usegmt=True),
            participants=[{"display_name": name, "role": role} for name, role in people],
        )

    def send(self, method, path, **body):
        return self._call(path, json.dumps(body).encode(), self.headers, method)

    def _call(self, path, body, headers, method="POST"):
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


class Visitor:
    """One browser tab of one person, with everything its sockets carried."""

    def __init__(self, context, participant, script=None):
        self.url = participant["entry_url"]
        self.page = context.new_page()
        self.faults: list[str] = []
        self.heard: list[str] = []
        self.said: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("websocket", self._listen)
        if script:
            self.page.add_init_script(script)

    def _listen(self, socket):
        socket.on("framereceived", lambda frame: self.heard.append(frame))
        socket.on("framesent", lambda frame: self.said.append(frame))

    def come(self):
        """Open the page and press Join."""
        self.page.goto(self.url)
        self.page.locator("#join:enabled").click()
        return self

    def enter(self):
        self.come()
        self.page.locator("#call:not([hidden])").wait_for()
        return self

    @property
    def peer_id(self):
        return self.page.evaluate(
            "JSON.parse(document.getElementById('person').textContent).peer_id"
        )

    def admit(self, name):
        if self.page.locator("#people").is_hidden():
            self.page.click("#show-people")
        self.page.click(f"#waiting-list button[aria-label='Let in: {name}']")

    def frames_of(self, peer_id):
        return self.page.evaluate(FRAMES, peer_id)

    def sees(self, peer_id, within=5.0):
        """Decoded frames of that person rise; returns after how many seconds."""
        began = time.monotonic()
        first = self.frames_of(peer_id)
        while (now := self.frames_of(peer_id)) < first + 3:
            first = min(first, now)  # another stream counts from the beginning
            assert time.monotonic() - began < within, f"{first} -> {now} frames in {within} s"
            self.page.wait_for_timeout(50)
        return time.monotonic() - began

    def over(self, timeout=5.0):
        """The text on the last screen."""
        self.page.locator("#over:not([hidden])").wait_for(timeout=timeout * 1000)
        return self.page.inner_text("#over-text")


def all_see_each_other(*everybody, within=15.0):
    """Decoded frames of everybody rise on every page."""
    for one in everybody:
        one.page.locator("#call:not([hidden])").wait_for()
    began, first = time.monotonic(), {}
    missing = {(one, other.peer_id) for one in everybody for other in everybody if one is not other}
    while missing:
        assert time.monotonic() - began < within, (len(missing), first)
        for one, peer_id in list(missing):
            now = one.frames_of(peer_id)
            known = first[one, peer_id] = min(now, first.get((one, peer_id), now))
            if now >= known + 3:
                missing.discard((one, peer_id))
        everybody[0].page.wait_for_timeout(50)


def stands_still(one, other):
    """Wait until nothing comes through any more."""
    last, since = -1, time.monotonic()
    while time.monotonic() - since < 1:
        one.page.wait_for_timeout(100)
        if (now := one.frames_of(other.peer_id)) != last:
            last, since = now, time.monotonic()
