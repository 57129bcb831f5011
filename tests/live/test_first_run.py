"""`make run`: what a newcomer gets, from a real server process."""

import json
import os
import re
import stat
import subprocess
import urllib.request

import pytest
from django.conf import settings

from tests.servers import running

FACTS = {
    "base_url", "admin_user", "admin_password", "api_key", "key_secret", "host_entry_url",
    "guest_entry_url", "chat_phone", "chat_friend_phone", "chat_password",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    state = tmp_path_factory.mktemp("state")
    from_nothing = {"DATABASE_URL": f"sqlite:///{state / 'db.sqlite3'}"}
    with running(state, **from_nothing) as started:
        yield started


def fetch(url, **headers):
    call = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(call, timeout=10) as answer:
        return answer.read().decode()


def test_everything_needed_is_printed_and_kept_for_the_owner_alone(server):
    facts, printed = server
    assert set(facts) - {"pid"} == FACTS  # that of the process is the test's own
    for name in FACTS:
        assert facts[name] in printed()


def test_the_demo_file_is_readable_by_its_owner_only(tmp_path):
    with running(tmp_path):
        mode = stat.S_IMODE((tmp_path / "demo.json").stat().st_mode)
    assert mode == 0o600


def test_the_entry_urls_lead_to_an_open_call(server):
    facts, _printed = server
    assert "Dr. Amara Okafor" in fetch(facts["host_entry_url"])
    assert "The call is open" in fetch(facts["guest_entry_url"])


def test_a_second_start_keeps_everything(tmp_path):
    with running(tmp_path) as (first, _printed):
        pass
    with running(tmp_path) as (second, _printed):
        pass
    unchanged = FACTS - {"base_url", "host_entry_url", "guest_entry_url"}
    assert {name: first[name] for name in unchanged} == {name: second[name] for name in unchanged}
    assert first["host_entry_url"].split("/")[-1] == second["host_entry_url"].split("/")[-1]


def test_a_lost_demo_file_is_made_anew_with_working_secrets(tmp_path):
    with running(tmp_path) as (first, _printed):
        pass
    (tmp_path / "demo.json").unlink()
    with running(tmp_path) as (second, _printed):
        assert second["api_key"] == first["api_key"]
        assert second["key_secret"] != first["key_secret"]
        assert "access_token" in token_of(second)


def token_of(facts) -> str:
    curl = ["curl", "-s", "-u", f"{facts['api_key']}:{facts['key_secret']}"]
    form = ["-d", "grant_type=client_credentials", f"{facts['base_url']}/v1/auth/token"]
    return subprocess.run([*curl, *form], capture_output=True, text=True, check=True).stdout


def test_the_walk_in_the_readme_works_as_printed(server, tmp_path):
    """The shell block after the heading "A walk with curl" is run as it stands."""
    facts, _printed = server
    readme = (settings.BASE_DIR / "README.md").read_text()
    walk = re.search(r"## A walk with curl.*?```sh\n(.*?)```", readme, re.DOTALL)
    (tmp_path / ".rtcserver").mkdir()
    (tmp_path / ".rtcserver" / "demo.json").write_text(json.dumps(facts))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", walk.group(1)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"ok":true' in done.stdout.replace(" ", "")
    assert '"error"' not in done.stdout


def test_the_server_logs_no_entry_url_and_no_token(server):
    facts, printed = server
    before = len(printed())
    token = json.loads(token_of(facts))["access_token"]
    fetch(facts["guest_entry_url"])
    with pytest.raises(urllib.error.HTTPError):
        fetch(facts["guest_entry_url"] + "x")
    with pytest.raises(urllib.error.HTTPError):
        fetch(f"{facts['base_url']}/v1/nothing", Authorization=f"Bearer {token}")
    logged = printed()[before:]
    assert facts["guest_entry_url"].split("/")[-1] not in logged
    assert token not in logged


def test_production_refuses_demo_data_and_missing_secrets(tmp_path):
    def manage(*arguments, **environment):
        own = {"PATH": os.environ["PATH"], "RTC_STATE_DIR": str(tmp_path)} | environment
        return subprocess.run(
            [os.sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR, env=own, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert "RTC_SECRET_KEY is not set" in manage("check").stderr
    assert "RTC_PUBLIC_BASE_URL is not set" in manage("check", RTC_SECRET_KEY="x" * 60).stderr
    safe = {"RTC_SECRET_KEY": "x1" * 30, "RTC_PUBLIC_BASE_URL": "https://rtc.example.com"}
    assert "for development" in manage("up", **safe).stderr
    assert (
        "without Redis"
        in manage("check", "--database", "default", RTC_PROCESSES="2", **safe).stderr
    )
