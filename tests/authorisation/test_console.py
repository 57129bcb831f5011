"""The console: every page, by staff of the team, of another team, without rights, and by others."""

from http.cookies import SimpleCookie

import pytest
from django.contrib import admin
from django.urls import URLPattern, get_resolver

from accounts.models import Team
from rooms.models import ChatRoom
from tests.authorisation import world as worlds
from tests.authorisation.calling import HTTP, kept_back

pytestmark = [pytest.mark.django_db, pytest.mark.table]

# What each may do: list, look (at one), add, delete. Pages of a model's own are named in full.
#                         staff of the team    superusers
RIGHTS = {
    "rtcserver/event": ("list look", "list look"),
    "accounts/apiclient": ("list look", "list look add rotate"),
    "accounts/login": ("", "list look"),
    "accounts/outboxmessage": ("", "list look"),
    "accounts/phonecode": ("", "list look"),
    "accounts/signaturename": ("", "list look"),
    "accounts/team": ("list look", "list look add"),
    "accounts/user": ("", "list look add"),
    "accounts/webhookdelivery": ("list look", "list look"),
    "accounts/webhookendpoint": ("list look add delete", "list look add delete"),
    "auth/group": ("", "list look add delete"),
    "chat/blockedword": ("list look add delete", "list look add delete"),
    "chat/conversation": ("list look look/ export_entries",) * 2,
    "chat/message": ("list look", "list look"),
    "chat/mute": ("list look", "list look"),
    "chat/report": ("list look", "list look"),
    "rooms/chatroom": ("", "list look"),
    "rooms/presence": ("list look", "list look"),
    "rooms/room": ("list look", "list look"),
    "rooms/roomreservation": ("", "list look"),
    "sessions_api/callentry": ("list look", "list look"),
    "sessions_api/session": ("list look add attendance_file", "list look add attendance_file"),
    "social/block": ("", "list look"),
    "social/friendship": ("", "list look"),
    "social/group": ("", "list look"),
    "social/notification": ("", "list look"),
    "social/socialprofile": ("", "list look sync_answer"),
}
PAGES = {"list": "", "add": "add/", "look": "{pk}/change/", "delete": "{pk}/delete/"}
OF_ALL = {"history": "{pk}/history/", "back": "{pk}/"}  # as `look`; a redirect
OWN = {
    "rotate": "{pk}/rotate/", "look/": "{pk}/look/", "export_entries": "{pk}/export_entries/",
    "attendance_file": "{pk}/attendance_file/", "sync_answer": "{pk}/sync_answer/",
    "password": "{pk}/password/",
}  # fmt: skip
# Of the site itself: what staff without any right get
SITE = {
    "": 200, "search/": 200, "login/": 302, "logout/": 405, "password_change/": 200,
    "password_change/done/": 200, "autocomplete/": 403, "jsi18n/": 200, "r/1/1/": 404,
}  # fmt: skip
OUTSIDERS = ("nobody", "no_staff", "ours", "person:owner")


def models():
    return {
        f"{model._meta.app_label}/{model._meta.model_name}": shown
        for model, shown in admin.site._registry.items()
    }


def test_the_table_names_every_page():
    assert RIGHTS.keys() == models().keys()
    known = {*PAGES.values(), *OF_ALL.values(), *OWN.values()}
    [console] = [found for found in get_resolver().url_patterns if str(found.pattern) == "admin/"]
    for entry in console.url_patterns:
        path = str(entry.pattern)
        if isinstance(entry, URLPattern):
            is_site = path.replace("<path:content_type_id>/<path:object_id>", "1/1") in SITE
            assert is_site or path.startswith(("(?P<url>", "^(?P<app_label>")), path
            continue
        for page in entry.url_patterns:
            own = str(page.pattern).replace("<path:object_id>", "{pk}").replace("<id>", "{pk}")
            assert own in known, path + own


@pytest.mark.parametrize("name", RIGHTS)
def test_who_may_see_pages_of(world, name):
    pk = row_of(models()[name]).pk
    of_team, of_root = (rights.split() for rights in RIGHTS[name])
    own = {page: OWN[page] for page in {*of_team, *of_root} & OWN.keys()}
    for page, path in (PAGES | own).items():
        url = f"/admin/{name}/{path.format(pk=pk)}"
        expected = {
            **dict.fromkeys(OUTSIDERS, "login"),
            "no_rights": 403,
            "our_staff": 200 if page in of_team else 403,
            "root": 200 if page in of_root else 403,
        }
        for caller, wanted in expected.items():
            status, body = seen(world, caller, url)
            assert status == wanted or (wanted == 200 and is_led_on(status, page)), (url, caller)
            assert wanted == 200 or worlds.MARK not in body, (url, caller)
        status, body = seen(world, "their_staff", url)
        if page not in of_team:
            assert status == 403, url
        elif "{pk}" in path:
            assert status in (302, 403, 404), url
        assert worlds.MARK not in body, url


@pytest.mark.parametrize("name", RIGHTS)
def test_nobody_else_changes_rows_of(world, name):
    shown = models()[name]
    pk = row_of(shown).pk
    actions = [
        {"action": action, "_selected_action": [pk], "post": "yes"} for action in shown.actions
    ]
    posts = [("", action) for action in [*actions, {"action": "delete_selected"}]]
    posts += [(path.format(pk=pk), {"post": "yes"}) for path in (PAGES | OWN).values() if path]
    for path, body in posts:
        for caller in (*OUTSIDERS, "no_rights", "their_staff"):
            if path == "add/" and caller == "their_staff":
                continue  # in their own team; tests/house/test_console.py tries a foreign one
            HTTP.cookies = SimpleCookie(world.callers[caller].cookies)
            with kept_back() as writes:
                answer = HTTP.post(f"/admin/{name}/{path}", body)
            assert answer.status_code in (200, 302, 403, 404), (path, caller)
            assert not writes, (path, body, caller, writes)


@pytest.mark.parametrize("path", SITE)
def test_the_site_itself(world, path):
    for caller in OUTSIDERS:
        status, _body = seen(world, caller, f"/admin/{path}")
        assert status == "login" or path in ("login/", "logout/", "jsi18n/"), caller
    status, body = seen(world, "no_rights", f"/admin/{path}")
    assert status == SITE[path]
    assert worlds.MARK not in body


def test_completion_and_search_show_staff_their_own_team_alone(world):
    field = "app_label=accounts&model_name=apiclient&field_name=team"
    for query in (f"autocomplete/?term={worlds.MARK}&{field}", f"search/?s={worlds.MARK}"):
        for caller in ("no_rights", "their_staff"):
            assert worlds.MARK not in seen(world, caller, f"/admin/{query}")[1].replace(
                query.partition("?")[2], ""
            )


def row_of(shown):
    """A row of the first team; of what has no team, any."""
    rows = shown.model._base_manager.order_by("pk")
    lookup = getattr(shown, "team_lookup", "").removesuffix("__in")
    if lookup and shown.model is not ChatRoom:  # those are nobody's
        rows = rows.filter(**{lookup: Team.objects.get(name__startswith=worlds.MARK).pk})
    row = rows.first()
    assert row, f"no row of {shown.model}"
    return row


def seen(world, caller, url):
    """(status, or "login" for whoever has to log in; body)."""
    shown = world.callers[caller]
    HTTP.cookies = SimpleCookie(shown.cookies)
    with kept_back() as writes:
        answer = HTTP.get(url, headers=shown.headers)
        body = answer.getvalue().decode()
    assert not [sql for sql in writes if "rtcserver_event" not in sql], (url, caller, writes)
    if answer.status_code == 302 and answer["Location"].startswith("/admin/login/"):
        return "login", body
    return answer.status_code, body


def is_led_on(status, page):
    return status == 302 and page in ("look/",)
