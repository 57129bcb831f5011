"""The files that a deployment is made of, as far as they can be checked without one."""

import os
import re
import shutil
import socket
import subprocess
import sys

import httpx
import pytest
from django.conf import settings

from tests.servers import free_port

ROOT = settings.BASE_DIR
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


def image_context():
    """Top-level names that .dockerignore lets in: it refuses all and names exceptions."""
    refused, *rules = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] != "#"
    ]
    assert refused == "*"
    inside = [path for rule in rules if rule[0] == "!" for path in ROOT.glob(rule[1:])]
    outside = {path for rule in rules if rule[0] != "!" for path in ROOT.glob(rule)}
    return [path for path in inside if path not in outside]


def test_no_secret_and_no_test_is_sent_to_an_image_build():
    names = {path.name for path in image_context()}
    assert not names & {".env", ".git", ".rtcserver", ".venv", "deploy", "static", "tests", "bench"}


@pytest.mark.live
def test_what_enters_the_image_is_enough_for_its_commands(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    for path in image_context():
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, app / path.name)
    assert (app / "requirements.txt").exists()
    state = {"RTC_STATE_DIR": str(tmp_path / "state"), "RTC_STATIC_ROOT": str(tmp_path / "static")}
    build = {"RTC_SECRET_KEY": "build " * 10, "RTC_PUBLIC_BASE_URL": "https://build.invalid"}
    for command in (["collectstatic", "--noinput"], ["check"]):
        outcome = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=app, text=True, capture_output=True,
            env={"PATH": os.environ["PATH"], **state, **build},
        )  # fmt: skip
        assert outcome.returncode == 0, outcome.stderr
    assert any((tmp_path / "static" / "admin").iterdir())


def test_every_variable_that_is_set_for_the_server_is_a_setting():
    documented = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "settings.md").read_text(), re.M))
    for path in (ROOT / "compose.yaml", ROOT / "Dockerfile", *UNITS):
        named = set(re.findall(r"\b(?:RTC_[A-Z_]+|DATABASE_URL|REDIS_URL)\b", path.read_text()))
        assert named <= documented, path.name


@pytest.mark.systemd
def test_systemd_understands_every_line_of_the_units(tmp_path):
    """In a root of its own, which has what the units start and nothing else."""
    project, units = tmp_path / "opt" / "rtcserver", tmp_path / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    shutil.copytree(ROOT / "deploy" / "janus", project / "deploy" / "janus")
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch(mode=0o755)
    names = []
    for unit in UNITS:
        shutil.copy(unit, units)
        names.append(unit.name.replace("@.", "@8001."))
    for target in ("multi-user", "network-online", "basic", "sysinit", "shutdown"):
        (units / f"{target}.target").write_text("[Unit]\nDefaultDependencies=no\n")
    verify = ["systemd-analyze", "verify", f"--root={tmp_path}", *names]
    outcome = subprocess.run(verify, text=True, capture_output=True)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


@pytest.mark.live
def test_a_supervisor_is_told_when_the_server_answers(tmp_path):
    """By then a request succeeds, so a rolling restart may stop the next process."""
    port = free_port()
    own = {
        "RTC_STATE_DIR": str(tmp_path), "RTC_PROFILE": "development", "RTC_SECRET_KEY": "told",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}", "REDIS_URL": "",
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
    }  # fmt: skip
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(own["NOTIFY_SOCKET"])
        supervisor.settimeout(60)
        command = [sys.executable, "manage.py", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | own)
        try:
            assert supervisor.recv(64) == b"READY=1"
            assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
        finally:
            process.terminate()
            process.wait(20)
