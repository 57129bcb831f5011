"""Every call of the management API with what it must refuse: an error of two texts, no change."""

import pytest

from rtcserver.models import Event
from sessions_api.models import Participant, Session

NOBODY = "0e2f3f2c-98a4-4a9b-9d0c-6e1f1c1b7a11"
WRITES = [
    ("POST", "/sessions"), ("PATCH", "/sessions/{session}"),
    ("POST", "/sessions/{session}/tokens"), ("PATCH", "/tokens/{token}"),
]  # fmt: skip
BY_ID = [
    ("GET", "/sessions/{}"), ("PATCH", "/sessions/{}"), ("DELETE", "/sessions/{}"),
    ("GET", "/sessions/{}/tokens"), ("POST", "/sessions/{}/tokens"),
    ("GET", "/sessions/{}/tokens/permanent"), ("GET", "/sessions/{}/tokens/nonpermanent"),
    ("GET", "/tokens/{}"), ("PATCH", "/tokens/{}"), ("DELETE", "/tokens/{}"),
]  # fmt: skip
LISTS = [
    "/sessions", "/sessions/permanent", "/sessions/nonpermanent", "/sessions/{session}/tokens",
    "/sessions/{session}/tokens/permanent", "/sessions/{session}/tokens/nonpermanent",
]  # fmt: skip
BAD_TEXTS = {  # as a form or as JSON
    "label": ["x" * 256, "a\x00b"],
    "data": ["x" * 1025, "a\x00b"],
    "live_days": ["", "0", "-1", "36501", "9" * 30, "1.5", "x", "１"],
    "permanent": ["", "yes", "2", "None", "null"],
}
BAD_JSON = {
    "label": [5, True, ["a"], {"a": 1}],
    "data": [5, {"a": 1}],
    "live_days": [0, 1.5, True, [1], {"a": 1}],
    "permanent": [2, 1.0, "no", [True]],
}


@pytest.fixture
def paths(rtcat):
    session = rtcat.session(label="Kept")
    return {"session": session["uuid"], "token": rtcat.token(session)["uuid"]}


def facts():
    return (
        list(Session.across_teams.values()),
        list(Participant.across_teams.values()),
        Event.objects.count(),
    )


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("name", BAD_TEXTS)
def test_a_bad_value_is_400_and_named(rtcat, paths, method, path, name):
    before, path = facts(), path.format(**paths)
    for bad in BAD_TEXTS[name]:
        for refused in (
            rtcat.send(method, path, {name: bad}, 400),
            rtcat.json(method, path, {name: bad}, 400),
        ):
            assert refused["error"] == "invalid", bad
            assert refused["description"].startswith(f"{name}: "), refused
    for bad in BAD_JSON[name]:
        assert rtcat.json(method, path, {name: bad}, 400)["error"] == "invalid", bad
    assert facts() == before


@pytest.mark.parametrize(("method", "path"), [("POST", WRITES[0][1]), ("POST", WRITES[2][1])])
def test_only_known_types(rtcat, paths, method, path):
    path, before = path.format(**paths), facts()
    other = "pub" if path == "/sessions" else "p2p"
    for bad in ["", "P2P", "PUB", other, "x" * 300]:
        rtcat.send(method, path, {"type": bad}, 400)
    for bad in [1, True, ["p2p"], {}]:
        rtcat.json(method, path, {"type": bad}, 400)
    assert facts() == before


@pytest.mark.parametrize("bad", ["", "0", "-1", "101", "x", "1.5", 1.5, True, [2], {}])
def test_a_number_of_tokens_out_of_range(rtcat, paths, bad):
    before = facts()
    rtcat.json("POST", f"/sessions/{paths['session']}/tokens", {"number": bad}, 400)
    assert facts() == before


@pytest.mark.parametrize("name", ["live_days", "permanent"])
@pytest.mark.parametrize("path", ["/sessions/{session}", "/tokens/{token}"])
def test_null_is_no_time(rtcat, paths, path, name):
    rtcat.json("PATCH", path.format(**paths), {name: None}, 400)


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "body", ["{", "[]", '"x"', "5", "null", "NaN", '{"label": NaN}', "[" * 10_000, b"\xff\xfe{}"]
)
def test_a_body_that_is_no_object(rtcat, paths, method, path, body):
    before = facts()
    refused = rtcat.send(method, path.format(**paths), body, 400, "application/json")
    assert refused["error"] == "parse_error"
    assert facts() == before


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_parameter_given_twice_and_too_many_of_them(rtcat, paths, method, path):
    before, path = facts(), path.format(**paths)
    rtcat.send(method, path, "label=a&label=b", 400)
    rtcat.send(method, path, "&".join(f"x{n}=1" for n in range(1001)), 400)
    assert facts() == before


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_that_is_too_large(rtcat, paths, method, path, kind):
    before = facts()
    body = '{"label": "' + "x" * 1_048_576 + '"}'
    refused = rtcat.send(method, path.format(**paths), body, 413, kind)
    assert refused["error"] == "body_too_large"
    assert facts() == before


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "text/xml"])
def test_a_body_of_another_type(rtcat, paths, method, path, kind):
    before = facts()
    rtcat.send(method, path.format(**paths), "label=x", 415, kind)
    assert facts() == before


@pytest.mark.parametrize(("method", "path"), BY_ID)
@pytest.mark.parametrize("unknown", [NOBODY, "x", "undefined", "0" * 500, "a%00b", "%7Bx%7D"])
def test_an_unknown_id_is_404_whatever_it_looks_like(rtcat, paths, method, path, unknown):
    before = facts()
    assert rtcat.send(method, path.format(unknown), status=404)["error"] == "not_found"
    assert facts() == before


@pytest.mark.parametrize(("method", "path"), BY_ID)
def test_an_id_of_the_other_kind_is_unknown(rtcat, paths, method, path):
    other = paths["session"] if path.startswith("/tokens") else paths["token"]
    rtcat.send(method, path.format(other), status=404)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-1", "page=x", "page=", "page=1.5", "page=9999999999", f"page={'9' * 30}",
        "page_size=0", "page_size=-5", "page_size=x", "page_size=", "page=1&page=2",
    ],
)  # fmt: skip
def test_a_page_that_cannot_be(rtcat, paths, path, query):
    assert rtcat.get(f"{path.format(**paths)}?{query}", 400)["error"] in ("invalid", "parse_error")


@pytest.mark.parametrize("path", LISTS)
def test_the_furthest_page_is_empty(rtcat, paths, path):
    assert rtcat.get(f"{path.format(**paths)}?page=1000000000&page_size=100")["results"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/sessions/{session}"), ("POST", "/sessions/{session}"), ("DELETE", "/sessions"),
        ("PUT", "/tokens/{token}"), ("POST", "/tokens/{token}"), ("POST", "/sessions/permanent"),
        ("DELETE", "/sessions/{session}/tokens"), ("OPTIONS", "/sessions"),
    ],
)  # fmt: skip
def test_a_method_that_is_not_there(rtcat, paths, method, path):
    before = facts()
    assert rtcat.send(method, path.format(**paths), status=405)["error"] == "method_not_allowed"
    assert facts() == before


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["", "/x", "/sessions/", "/tokens", "/project/detail", "/sessions/permanent/x"]
)
@pytest.mark.parametrize("base", ["/v0.4", "/v0.3"])
def test_a_path_that_is_not_there(rtcat, base, method, path):
    rtcat.base = base
    assert rtcat.send(method, path, status=404)["error"] == "not_found"


def test_what_was_sent_is_never_in_a_refusal(rtcat, paths):
    secret = "my-secret-value"
    for name in ("type", "number", "live_days", "permanent"):
        path = f"/sessions/{paths['session']}/tokens"
        assert secret not in rtcat.post(path, 400, **{name: secret})["description"]
