"""Every route and every method, called by every kind of caller: `table.py` says what comes."""

import json
import re
from http.cookies import SimpleCookie

import pytest
from django.urls import URLPattern, get_resolver

from rtcserver.wire.rtcat import TOKENS_OF_SESSION
from tests.authorisation import world as worlds
from tests.authorisation.calling import HTTP, kept_back
from tests.authorisation.table import (
    ALIASES,
    ELSEWHERE,
    IDS,
    LIVEROOM,
    NONE,
    OK,
    ROWS,
    RULES,
    Row,
)

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(resolver=None, prefix=""):
    """(route, view) of the whole map but the console, which has a table of its own."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if TOKENS_OF_SESSION.pattern in route:
            route = "<session_id>/tokens"
        if route.startswith("admin"):
            continue
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback
        else:
            yield from routes(pattern, route)


def own_name(route):
    """The route in the table: other names of the same views are not repeated there."""
    for alias, name in ALIASES.items():
        if route.startswith(alias):
            return name + route.removeprefix(alias)
    return route


def test_the_table_names_every_route_and_no_other():
    wanted = {own_name(route) for route, _view in routes()}
    assert {row.route for row in ROWS} | ELSEWHERE == wanted


def test_the_table_names_every_method():
    named = {(row.method, row.route) for row in ROWS if row not in LIVEROOM}
    for route, view in routes():
        kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
        if kind is None or own_name(route) in {row.route for row in LIVEROOM} | ELSEWHERE:
            continue
        allowed = {m.upper() for m in kind.http_method_names if hasattr(kind, m)} & {*METHODS}
        assert allowed == {method for method, path in named if path == own_name(route)}, route


def test_an_alias_leads_to_the_same_views():
    views = dict(routes())
    for route, view in views.items():
        assert view.__qualname__ == views[own_name(route)].__qualname__, route
        assert getattr(view, "cls", view.__module__) == getattr(
            views[own_name(route)], "cls", view.__module__
        )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_who_may(world, row: Row):
    cells = RULES[row.rule] if isinstance(row.rule, str) else row.rule
    wrong = []
    for caller, expected in cells.items():
        if caller == "scopeless" and not row.scope:
            continue
        answer, writes = called(world, row, caller)
        if found := fault(answer, writes, row, expected):
            wrong.append(f"{caller} expects {expected}: {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.method != "ANY"], ids=lambda row: f"not {row.route}"
)
def test_other_methods_do_nothing_for_anybody(world, row: Row):
    named = {other.method for other in ROWS if other.route == row.route}
    cells = RULES[row.rule] if isinstance(row.rule, str) else row.rule
    rightful = next((caller for caller, cell in cells.items() if cell == OK), "nobody")
    for method in {*METHODS} - named:
        other = Row(method, row.route, "", row.body, ids=row.ids)
        answer, writes = called(world, other, rightful)
        assert answer.status_code in (400, 401, 403, 404, 405), (method, answer.body)
        assert not writes, (method, writes)


# --- Calling -------------------------------------------------------------------------------------


def called(world, row: Row, caller: str):
    """(answer, statements that wrote); nothing of it is kept."""
    shown = world.callers.get(caller, worlds.Shown())
    if caller == "scopeless":
        shown = worlds.with_bearer(world.scopeless[row.scope])
    HTTP.cookies = SimpleCookie(shown.cookies)
    if row.method == "ANY":
        sent = filled(world, row.body or {}) | world.liveroom[caller]
    else:
        sent = filled(world, row.body)
    path, query = "/" + path_of(world, row), filled(world, row.query)
    method = "POST" if row.method == "ANY" else row.method
    with kept_back() as writes:
        if row.form:
            answer = HTTP.post(path, sent, headers=shown.headers)
        elif method == "GET":
            address = f"{path}?{query}" if query else path
            answer = HTTP.get(address, sent, headers=shown.headers)
        else:
            body = "" if sent is None else json.dumps(sent)
            answer = HTTP.generic(method, path, body, "application/json", headers=shown.headers)
        answer.body = answer.getvalue().decode()
    return answer, writes


def path_of(world, row: Row) -> str:
    def id_of(found):
        name = found[1]
        chosen = {**IDS, **row.ids}[name]
        return str(world.ids.get(chosen, chosen))

    return re.sub(r"<(?:\w+:)?(\w+)>", id_of, row.route)


def filled(world, template):
    if isinstance(template, dict):
        return {name: filled(world, value) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(world, value) for value in template]
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda found: str(world.ids[found[1]]), template)
    return template


# --- Judging -------------------------------------------------------------------------------------


def fault(answer, writes, row: Row, expected) -> str:
    """What is wrong with an answer, or nothing."""
    said = f"{answer.status_code} {answer.body[:200]}"
    if expected in (OK, NONE):
        if not is_success(answer, row):
            return said
        return f"leaks {said}" if expected == NONE and worlds.MARK in answer.body else ""
    if worlds.MARK in answer.body:
        return f"leaks {said}"
    if writes:
        return f"writes {writes}"
    return "" if is_refusal(answer, row, expected) else said


def is_success(answer, row: Row) -> bool:
    if row in LIVEROOM:
        body = answer.json()
        return answer.status_code == 200 and (body == "HelloWorld" or body["errorCode"] == 0)
    return answer.status_code in (200, 201, 204)


def is_refusal(answer, row: Row, expected: int) -> bool:
    if row in LIVEROOM:
        body = answer.json()
        return (body["errorCode"], answer.status_code) == (expected, 500) and "data" not in body
    if answer.status_code != expected:
        return False
    first = row.route.partition("/")[0]
    if first in ("user", "group", "friendship", "misc"):
        return answer["Content-Type"].startswith("text/html") and "\n" not in answer.body
    if first == "media":
        return True
    body = answer.json()
    if row.route.startswith("v1/auth/"):
        return {"error"} <= set(body) <= {"error", "error_description"}
    if first == "v1":
        return set(body) == {"error"} and set(body["error"]) == {"code", "message"}
    if first == "v0.4":
        return set(body) == {"error", "description"}
    return not body or set(body) == {"error"}
