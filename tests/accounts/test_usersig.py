"""UserSig: minted and read by us and by the vendor's library."""

import base64
import json
import subprocess
import time
import zlib

import pytest
from TLSSigAPIv2 import TLSSigAPIv2

from accounts.usersig import LIFETIME_SECONDS, is_valid, mint

NOW = 1_767_842_526
FROM_URL = str.maketrans("*-_", "+/=")
TO_URL = str.maketrans("+/=", "*-_")


def unpack(sig):
    return json.loads(zlib.decompress(base64.b64decode(sig.translate(FROM_URL))))


def pack(document):
    packed = zlib.compress(json.dumps(document).encode())
    return base64.b64encode(packed).decode().translate(TO_URL)


@pytest.fixture
def vendor(settings):
    return TLSSigAPIv2(settings.LIVEROOM_SDK_APP_ID, settings.LIVEROOM_SDK_KEY)


def test_ours_is_what_the_vendors_library_makes(vendor, monkeypatch):
    monkeypatch.setattr("TLSSigAPIv2.time.time", lambda: NOW)
    theirs = unpack(vendor.gen_sig("1042", LIFETIME_SECONDS))
    assert unpack(mint("1042", now=NOW)) == theirs


@pytest.mark.parametrize("user_id", ["1042", "1000019-7", "漢字"])
def test_the_vendors_is_accepted_by_us(vendor, user_id, monkeypatch):
    monkeypatch.setattr("TLSSigAPIv2.time.time", lambda: NOW)
    assert is_valid(vendor.gen_sig(user_id, 60), user_id=user_id, now=NOW)
    boxed = vendor.gen_sig_with_userbuf(user_id, 60, b"\x00any")
    assert is_valid(boxed, user_id=user_id, now=NOW), "with user buffer"


def make_with_npm(settings, user_id: str) -> str:
    """A signature by the vendor's other library, which reads the clock itself."""
    script = (
        "const { Api } = require('tls-sig-api-v2');"
        "const [, app, key, id] = process.argv;"
        "process.stdout.write(new Api(Number(app), key).genSig(id, 3600));"
    )
    given = [str(settings.LIVEROOM_SDK_APP_ID), settings.LIVEROOM_SDK_KEY, user_id]
    command = ["node", "-e", script, *given]
    return subprocess.run(
        command,
        cwd=settings.BASE_DIR / "tests" / "node",
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.node
@pytest.mark.parametrize("user_id", ["1042", "漢字"])
def test_what_the_npm_library_makes_is_accepted_and_the_same(settings, user_id):
    theirs = make_with_npm(settings, user_id)
    now = int(time.time())
    assert is_valid(theirs, user_id=user_id, now=now)
    assert not is_valid(theirs, user_id="1043", now=now)
    made = unpack(theirs)
    ours = unpack(mint(user_id, now=made["TLS.time"]))
    unlike = {"TLS.expire", "TLS.sig"}  # another lifetime, and so another signature
    assert {k: v for k, v in made.items() if k not in unlike} == {
        k: v for k, v in ours.items() if k not in unlike
    }


def test_another_key_app_or_user_is_refused(settings):
    sig = mint("1042", now=NOW)
    assert is_valid(sig, user_id="1042", now=NOW)
    assert not is_valid(sig, user_id="1043", now=NOW)
    settings.LIVEROOM_SDK_APP_ID += 1
    assert not is_valid(sig, user_id="1042", now=NOW)
    settings.LIVEROOM_SDK_APP_ID -= 1
    settings.LIVEROOM_SDK_KEY = "another"
    assert not is_valid(sig, user_id="1042", now=NOW)


@pytest.mark.parametrize(
    ("later", "good"), [(-301, False), (-300, True), (172_799, True), (172_800, False)]
)
def test_it_counts_for_48_hours_and_not_before_its_time(later, good):
    assert is_valid(mint("1", now=NOW), user_id="1", now=NOW + later) is good


@pytest.mark.parametrize("field", ["identifier", "sdkappid", "time", "expire", "sig"])
def test_no_field_can_be_changed_left_out_or_of_another_type(field):
    document = unpack(mint("1", now=NOW))
    name = f"TLS.{field}"
    for value in ("2", 2, True, None, [], {}, -1, 1.5, "\ud800"):
        if value == document[name]:
            continue
        assert not is_valid(pack(document | {name: value}), user_id="1", now=NOW), value
    del document[name]
    assert not is_valid(pack(document), user_id="1", now=NOW)


@pytest.mark.parametrize(
    "sig",
    ["", "x", "漢字", "=" * 9000, pack([]), pack("text"), pack({"TLS.sig": 1}), pack(1)],
)
def test_what_cannot_be_read_is_refused(sig):
    assert not is_valid(sig, user_id="1", now=NOW)


def test_a_document_that_inflates_beyond_all_bounds_is_refused():
    bomb = base64.b64encode(zlib.compress(b'{"a":"' + b"x" * 5_000_000 + b'"}', 9)).decode()
    assert len(bomb) < 8192
    assert not is_valid(bomb.translate(TO_URL), user_id="1", now=NOW)


def test_every_single_changed_character_is_refused():
    sig = mint("1", now=NOW)
    for n in range(len(sig)):
        changed = sig[:n] + ("A" if sig[n] != "A" else "B") + sig[n + 1 :]
        if changed.rstrip("_") == sig.rstrip("_"):
            continue
        same = is_valid(changed, user_id="1", now=NOW)
        assert not same or unpack(changed) == unpack(sig)
