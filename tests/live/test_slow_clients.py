"""One slow client never costs the others a thread."""

import socket
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from rtcserver.pool import environ
from tests.servers import running


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with running(tmp_path_factory.mktemp("slow")) as (facts, _printed):
        yield int(facts["base_url"].rsplit(":", 1)[1])


def opened(port, text):
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.sendall(text.encode())
    return connection


def answer_seconds(port) -> float:
    started = time.monotonic()
    urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
    return time.monotonic() - started


def test_clients_that_never_finish_their_body_hold_up_nobody(port):
    head = "POST /v1/auth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\ngrant"
    waiting = [opened(port, head) for _ in range(40)]
    assert answer_seconds(port) < 3
    for connection in waiting:
        connection.close()
    assert answer_seconds(port) < 3


def test_clients_that_never_read_their_answer_hold_up_nobody(port):
    ask = "GET /v1/docs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    big = "GET /static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js HTTP/1.1\r\n"
    waiting = [opened(port, f"{big}Host: 127.0.0.1\r\n\r\n{ask}") for _ in range(20)]
    assert answer_seconds(port) < 3
    for connection in waiting:
        connection.close()


def test_a_huge_body_is_refused_in_the_shape_of_its_dialect(port):
    answer = answer_to_huge(port, "/v1/sessions")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'{"error": {"code": "body_too_large"' in answer
    assert b"connection: close" in answer.lower()


def test_a_page_may_read_the_refusal_of_a_huge_body(port):
    answer = answer_to_huge(port, "/v0.4/sessions", Origin="https://app.example")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"access-control-allow-origin: *" in answer.lower()


def answer_to_huge(port, path, **headers):
    size = 6 * 1024 * 1024 + 1000
    sent = {"Host": "127.0.0.1", "Content-Length": size, **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    connection = opened(port, f"POST {path} HTTP/1.1\r\n{lines}\r\n")
    connection.sendall(b"x" * size)
    answer = connection.recv(65536)
    while b"body_too_large" not in answer and (more := connection.recv(65536)):
        answer += more
    connection.close()
    return answer


def test_a_chunked_body_is_read_like_any_other(port):
    head = "POST /v1/auth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    connection = opened(port, f"{head}{form}e\r\ngrant_type=xyz\r\n0\r\n\r\n")
    connection.settimeout(5)
    answer = connection.recv(65536)
    while b"}" not in answer:
        answer += connection.recv(65536)
    assert b"unsupported_grant_type" in answer
    connection.close()


def test_endless_headers_are_refused(port):
    many = "".join(f"X-{number}: {'x' * 1000}\r\n" for number in range(100))
    connection = opened(port, f"GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\n{many}\r\n")
    assert connection.recv(100).startswith(b"HTTP/1.1 431")
    connection.close()


def test_an_address_is_not_believed_from_a_header(port):
    statuses = set()
    for number in range(40):
        call = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/auth/token",
            data=b"grant_type=client_credentials",
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(call, timeout=5)
        statuses.add(refused.value.code)
    assert statuses == {401, 429}


def test_the_schema_is_described_to_many_at_once(port):
    def ask(_caller):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/schema", timeout=30) as answer:
            return answer.status

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(ask, range(24))) == {200}


def test_a_socket_where_none_lives_is_refused_quietly(port):
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{port}/ws/nothing")
    assert refused.value.response.status_code == 403


def test_a_header_that_only_looks_like_a_proxys_is_not_taken_for_it():
    head = {
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "http_version": "1.1",
        "headers": [(b"x-forwarded-for", b"10.0.0.1"), (b"x_forwarded_for", b"6.6.6.6")],
    }
    assert environ(head, b"")["HTTP_X_FORWARDED_FOR"] == "10.0.0.1"
