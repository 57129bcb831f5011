"""The first page, and what answers where nothing is."""

import pytest

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_the_first_page_leads_everywhere(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = client.get("/", headers=BROWSER).content.decode()
    for path in ("/chat", "/diagnose", "/v1/docs", "/admin/"):
        assert f'href="{path}"' in page
        assert client.get(path).status_code in (200, 302)


def test_the_first_page_speaks_the_language_of_its_reader(client, db):
    page = client.get("/", headers=BROWSER | {"Accept-Language": "zh-hans"}).content.decode()
    assert "管理后台" in page


@pytest.mark.parametrize("path", ["/nothing", "/favicon.ico", "/v0.2/sessions"])
def test_programs_get_json_and_people_a_page_where_nothing_is(client, db, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    page = client.get(path, headers=BROWSER)
    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()
    assert path not in page.content.decode()
