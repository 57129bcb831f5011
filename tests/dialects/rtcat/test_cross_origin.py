"""Pages of other origins: by the key headers, never by cookies."""

import pytest

PAGE = {"Origin": "https://app.example"}
ASKS = PAGE | {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-rtcat-apikey, x-rtcat-secret",
}


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_a_preflight_allows_the_two_headers_without_a_key(client, db, version):
    answer = client.options(f"/{version}/sessions/x/tokens", headers=ASKS)
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    allowed = answer["Access-Control-Allow-Headers"].lower()
    assert "x-rtcat-apikey" in allowed
    assert "x-rtcat-secret" in allowed
    assert set(answer["Access-Control-Allow-Methods"].split(", ")) == {
        "GET", "POST", "PATCH", "DELETE",
    }  # fmt: skip
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize(
    ("path", "status"), [("/v0.4/sessions", 403), ("/v0.3/nothing", 404), ("/v0.4", 404)]
)
def test_a_page_may_read_refusals_too(client, db, path, status):
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == status
    if path != "/v0.4":
        assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer


def test_an_operator_may_name_the_origins(client, db, settings):
    settings.RTCAT_ALLOWED_ORIGINS = ["https://app.example"]
    for path in ("/v0.4/sessions", "/tokens/room"):
        answer = client.get(path, headers=PAGE)
        assert answer["Access-Control-Allow-Origin"] == "https://app.example"
        assert "Origin" in answer["Vary"]
        other = client.get(path, headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in other
        assert "Origin" in other["Vary"]


def test_no_other_dialect_is_opened_by_it(client, db):
    for path in ("/v1/sessions", "/base/v1/rooms/query_room", "/user/info", "/session/x"):
        assert "Access-Control-Allow-Origin" not in client.get(path, headers=PAGE)
