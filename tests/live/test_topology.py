"""Two serving processes, a worker, PostgreSQL and Redis behind nginx: as deploy/ has it."""

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import httpx
import psycopg2
import pytest
from django.conf import settings
from websockets.asyncio.client import connect

from tests.servers import free_port
from tests.threads import on_a_loop

pytestmark = [pytest.mark.nginx, pytest.mark.postgresql]

NAME = f"rtc_topology_{os.getpid()}"


@contextmanager
def database():
    """A database of this test's own on the server the suite uses."""
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    server = psycopg2.connect(f"{url}/postgres")
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {NAME}")
    try:
        yield f"{url}/{NAME}"
    finally:
        with server.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        server.close()


@contextmanager
def process(command, environment):
    started = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def nginx_config(folder, port, apps):
    """The shipped configuration with this test's addresses in it."""
    text = (settings.BASE_DIR / "deploy" / "nginx" / "rtcserver.conf").read_text()
    plain = re.compile(r"server \{\s+listen 80;.*?\n\}\n", re.DOTALL)
    text = plain.sub("", text)
    for name, app in zip(("app1:8000", "app2:8000"), apps, strict=True):
        text = text.replace(name, f"127.0.0.1:{app}")
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{port} ")
    text = text.replace("/etc/nginx/tls", str(folder)).replace(
        "log stderr", f"log {folder}/error.log"
    )
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"pid {folder}/nginx.pid;\nevents {{}}\nhttp {{\n{paths}{text}\n}}\n"


class Topology(NamedTuple):
    base: str
    trust: ssl.SSLContext
    manage: Callable
    serve: Callable  # start a process on a port; returns once it answers
    serving: dict[int, ExitStack]  # by port; closing one stops its process


@contextmanager
def topology(folder):
    public, first, second = free_port(), free_port(), free_port()
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "nginx.conf").write_text(nginx_config(folder, public, (first, second)))
    with ExitStack() as stack:
        own = {
            "RTC_STATE_DIR": str(folder), "RTC_PROFILE": "production",
            "RTC_SECRET_KEY": "topology " * 10, "RTC_ENCRYPTION_KEYS": "",
            "RTC_PUBLIC_BASE_URL": f"https://localhost:{public}", "RTC_TRUSTED_PROXIES": "1",
            "RTC_PROCESSES": "2", "RTC_EMBEDDED_WORKER": "off", "RTC_REDIS_PREFIX": NAME,
            "DATABASE_URL": stack.enter_context(database()), "RTC_LOG_LEVEL": "ERROR",
            "SSL_CERT_FILE": str(folder / "fullchain.pem"),
        }  # fmt: skip
        environment = os.environ | own

        def manage(*arguments, **options):
            command = [sys.executable, "manage.py", *arguments]
            return subprocess.run(
                command, cwd=settings.BASE_DIR, env=environment, text=True,
                capture_output=True, **options,
            )  # fmt: skip

        assert manage("migrate", "--noinput").returncode == 0
        serving = {port: stack.enter_context(ExitStack()) for port in (first, second)}

        def serve(port):
            command = [sys.executable, "manage.py", "serve", "--port", str(port)]
            serving[port].enter_context(process(command, environment))
            address = f"http://127.0.0.1:{port}/livez"
            wait_until(lambda: httpx.get(address).status_code == 200)

        for port in serving:
            serve(port)
        stack.enter_context(process([sys.executable, "manage.py", "worker"], environment))
        nginx = ["nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        stack.enter_context(process(nginx, environment))
        base = f"https://localhost:{public}"
        trust = ssl.create_default_context(cafile=folder / "fullchain.pem")
        wait_until(lambda: httpx.get(f"{base}/readyz", verify=trust).status_code == 200)
        yield Topology(base, trust, manage, serve, serving)


def wait_until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError("not in time")


async def two_sockets(base, trust, token, session, message):
    """Two clients, which nginx gives to different processes; one speaks, both hear."""
    url = base.replace("https", "wss") + "/ws/chat"
    async with connect(url, ssl=trust) as one, connect(url, ssl=trust) as other:
        for socket in (one, other):
            await socket.send(json.dumps({"op": "auth", "bearer": token}))
            await socket.send(json.dumps({"op": "subscribe", "ref": 1, "session": session}))
            while json.loads(await socket.recv())["op"] != "subscribed":
                pass
        await one.send(json.dumps({"op": "send", "session": session, "body": message}))
        return [await heard(socket) for socket in (one, other)]


async def heard(socket):
    async with asyncio.timeout(20):
        while True:
            frame = json.loads(await socket.recv())
            if frame["op"] == "entries":
                return frame["entries"][0]["body"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with topology(tmp_path_factory.mktemp("topology")) as place:
        yield place


def test_every_dialect_answers_through_the_proxy_and_the_processes_hear_each_other(place):
    base, trust, manage, *_ = place
    with httpx.Client(verify=trust) as client:
        made = manage("create_api_client", "--team", "Clinic", "--name", "Office", "--json")
        facts = json.loads(made.stdout)
        key, secret = facts["api_key"], facts["key_secret"]
        form = {"grant_type": "client_credentials"}
        token = client.post(f"{base}/v1/auth/token", auth=(key, secret), data=form).json()
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        start, end = time.time() + 60, time.time() + 3600
        body = {
            "start_time": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(start)),
            "end_time": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(end)),
            "participants": [{"display_name": "Ana", "role": "host"}],
        }
        session = client.post(f"{base}/v1/sessions", json=body, headers=bearer).json()
        assert session["participants"][0]["entry_url"].startswith(f"{base}/session/")
        assert client.get(session["participants"][0]["entry_url"]).status_code == 200
        assert client.get(f"{base}/base/v1/").json()["errorCode"] == 0
        assert client.get(f"{base}/user/get_token").status_code == 403
        token = token["access_token"]
        both = on_a_loop(two_sockets(base, trust, token, session["session_id"], "Hello"))
        assert both == ["Hello", "Hello"]
        wait_until(lambda: "ok    worker" in manage("doctor").stdout)
        assert manage("doctor").returncode == 0


def test_one_restart_after_another_leaves_no_gap(place):
    with httpx.Client(verify=place.trust) as client:
        for port, running in place.serving.items():
            running.close()
            answers = [client.get(f"{place.base}/readyz").status_code for _ in range(8)]
            assert answers == [200] * 8
            place.serve(port)
