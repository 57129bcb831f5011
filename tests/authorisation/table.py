"""Who may do what, route by route. `test_routes.py` tries every cell.

A rule names an answer for each kind of caller:

| OK | the dialect's success |
| NONE | a success that shows nothing of the first team |
| a number | that HTTP status, or LiveRoom's errorCode, in the dialect's shape; nothing is written |

In paths and bodies `{room}` stands for an id of `world.py`.
"""

from dataclasses import dataclass, field
from typing import Any

OK, NONE = "ok", "none"

# Credentials of other surfaces, and those that count no more, are no credentials here.
NOT_BEARERS = [
    "nobody", "garbage", "expired", "revoked", "key_off", "team_off", "leaver", "our_key",
    "person:owner", "login_as_bearer", "liveroom", "entry", "ticket", "chat_ticket", "our_staff",
    "root",
]  # fmt: skip
NOT_KEYS = [
    "nobody", "garbage", "bad_key", "off_key", "theirs", "ours", "system", "person:owner",
    "liveroom", "entry", "our_staff", "root",
]  # fmt: skip
NOT_LOGINS = [
    "nobody", "garbage", "ours", "system", "our_key", "login_as_bearer", "liveroom", "entry",
    "chat_ticket", "our_staff", "root", "person:over", "person:garbage", "person:leaver",
]  # fmt: skip
ANYBODY = [
    "nobody", "garbage", "ours", "theirs", "our_key", "person:owner", "person:blocked", "liveroom",
    "entry", "chat_ticket", "our_staff", "root",
]  # fmt: skip
NOT_STAFF = [
    "nobody", "garbage", "ours", "system", "our_key", "person:owner", "liveroom", "entry",
    "chat_ticket", "no_staff",
]  # fmt: skip


def rule(names: list[str], refused: Any, **others: Any) -> dict[str, Any]:
    return dict.fromkeys(names, refused) | others


RULES = {
    # Coviu's dialect: bearers. `scopeless` has every scope but the one that is needed.
    "team's object": rule(NOT_BEARERS, 401, scopeless=403, theirs=404, ours=OK),
    "team's list": rule(NOT_BEARERS, 401, scopeless=403, theirs=NONE, ours=OK),
    "own team": rule(NOT_BEARERS, 401, theirs=NONE, ours=OK),
    "create": rule(NOT_BEARERS, 401, scopeless=403, theirs=NONE, ours=OK),
    "live team only": rule(NOT_BEARERS, 401, scopeless=403, theirs=400, ours=OK),
    "system": rule(NOT_BEARERS, 401, scopeless=403, theirs=403, ours=403, system=OK),
    "person's code": rule(NOT_BEARERS, 401, scopeless=403, theirs=404, ours=400),
    # RTCat's: key headers. `bare_key` lacks the scope.
    "key's object": rule(NOT_KEYS, 403, bare_key=403, their_key=404, our_key=OK),
    "key's list": rule(NOT_KEYS, 403, bare_key=403, their_key=NONE, our_key=OK),
    # SealTalk's: the login cookie.
    "person": rule(NOT_LOGINS, 403, **{"person:owner": OK, "person:stranger": OK}),
    # Open on purpose: the credential is in the path or the body, or nothing is secret.
    "anybody": rule(ANYBODY, OK),
    "nowhere": rule(ANYBODY, 404),
    "key in the header": rule(ANYBODY, 401),
    "staff who may look": rule(NOT_STAFF, 403, no_rights=403, our_staff=OK, root=OK),
}


def to_group(**cells: Any) -> dict[str, Any]:
    """A rule of SealTalk for the people around the group and its owner."""
    return rule(NOT_LOGINS, 403, **{f"person:{name}": cell for name, cell in cells.items()})


def live(names: str = "owner member stranger", /, **cells: Any) -> dict[str, Any]:
    """A rule of LiveRoom: errorCodes, by the caller's parameters."""
    refused = {"nobody": None, "garbage": 204, "other_token": 204, "signed_out": 204}
    return refused | dict.fromkeys(names.split(), OK) | cells


@dataclass(frozen=True)
class Row:
    method: str
    route: str
    rule: str | dict[str, Any]
    body: dict[str, Any] | None = None
    scope: str = ""
    ids: dict[str, str] = field(default_factory=dict)  # of the path; by default their own names
    query: str = ""
    form: bool = False


# What a name in a path stands for, unless the row says otherwise
IDS = {
    "session_id": "session", "participant_id": "participant", "token": "participant",
    "room_id": "room", "member_id": "member", "number": "said", "webhook_id": "webhook",
    "delivery_id": "delivery", "team_id": "team", "user_id": "owner_person",
}  # fmt: skip
PLANNED, WAITING = {"session_id": "planned"}, {"participant_id": "waiting"}
INSIDE, SUNG = {"participant_id": "inside"}, {"number": "sung"}
START, END = "Wed, 08 Jun 2050 04:07:11 GMT", "Wed, 08 Jun 2050 04:17:11 GMT"
WINDOW = {"start_time": START, "end_time": END}
WHO = {"display_name": "New", "role": "guest"}


def coviu(scope: str, *rows: tuple) -> list[Row]:
    """Rows below /v1: method, path, rule, perhaps a body, perhaps ids of the path."""
    return [_below_v1(scope, *row) for row in rows]


def _below_v1(scope: str, method: str, path: str, rule: Any, body=None, ids=None) -> Row:
    return Row(method, f"v1/{path}", rule, body, scope, ids or {})


COVIU = [
    *coviu(
        "sessions",
        ("GET", "session", "team's list"),
        ("GET", "sessions", "team's list"),
        ("POST", "sessions", "create", {"session_name": "New", **WINDOW}),
        ("GET", "sessions/<str:session_id>", "team's object"),
        ("PUT", "sessions/<str:session_id>", "team's object", {"session_name": "New"}, PLANNED),
        ("DELETE", "sessions/<str:session_id>", "team's object", None, PLANNED),
        ("GET", "sessions/<str:session_id>/participants", "team's object"),
        ("POST", "sessions/<str:session_id>/participants", "team's object", WHO),
        ("GET", "sessions/<str:session_id>/waiting", "team's object"),
        ("GET", "sessions/<str:session_id>/attendance", "team's object"),
        ("GET", "sessions/<str:session_id>/attendance.csv", "team's object"),
        ("GET", "participants/<str:participant_id>", "team's object"),
        ("PUT", "participants/<str:participant_id>", "team's object", {"display_name": "New"}),
        ("DELETE", "participants/<str:participant_id>", "team's object"),
        ("POST", "participants/<str:participant_id>/admit", "team's object", None, WAITING),
        ("POST", "participants/<str:participant_id>/refuse", "team's object", None, WAITING),
        (
            "POST",
            "participants/<str:participant_id>/eject",
            "team's object",
            None,
            {"participant_id": "inside"},
        ),
        ("GET", "sessions/<str:session_id>/messages", "team's object"),
        ("POST", "sessions/<str:session_id>/messages", "team's object", {"body": "hi"}),
        ("DELETE", "sessions/<str:session_id>/messages/<str:number>", "team's object"),
    ),
    *coviu(
        "rooms",
        ("GET", "rooms", "team's list"),
        ("POST", "rooms", "create", {"room_name": "New"}),
        ("GET", "rooms/<str:room_id>", "team's object"),
        ("PUT", "rooms/<str:room_id>", "team's object", {"subject": "New"}),
        ("DELETE", "rooms/<str:room_id>", "team's object"),
        ("GET", "rooms/<str:room_id>/members", "team's object"),
        ("DELETE", "rooms/<str:room_id>/members/<str:member_id>", "team's object"),
        ("GET", "rooms/<str:room_id>/messages", "team's object"),
        ("POST", "rooms/<str:room_id>/messages", "team's object", {"body": "hi"}),
        (
            "DELETE",
            "rooms/<str:room_id>/messages/<str:number>",
            "team's object",
            None,
            {"number": "sung"},
        ),
    ),
    *coviu(
        "events",
        ("GET", "events", "team's list"),
        ("GET", "webhooks", "team's list"),
        ("POST", "webhooks", "create", {"url": "http://127.0.0.1:9/new"}),
        ("GET", "webhooks/<str:webhook_id>", "team's object"),
        ("PUT", "webhooks/<str:webhook_id>", "team's object", {"active": False}),
        ("DELETE", "webhooks/<str:webhook_id>", "team's object"),
        ("POST", "webhooks/<str:webhook_id>/secret", "team's object"),
        ("POST", "webhooks/<str:webhook_id>/test", "team's object"),
        ("GET", "webhooks/<str:webhook_id>/deliveries", "team's object"),
        (
            "POST",
            "webhooks/<str:webhook_id>/deliveries/<int:delivery_id>/replay",
            "team's object",
        ),
    ),
    *coviu(
        "team",
        ("POST", "teams/<uuid:team_id>/applications", "team's object", {"name": "New"}),
        ("POST", "teams/<uuid:team_id>/clients", "team's object", {"client_name": "New"}),
        (
            "POST",
            "user/auth-codes",
            "person's code",
            {"clientId": "{application}", "teamId": "{team}"},
        ),
    ),
    *coviu("", ("GET", "user/team", "own team")),
    *coviu(
        "system",
        ("POST", "users", "system", {"email": "new@example.com", "password": "a new one 1"}),
        ("POST", "users/<str:user_id>/teams", "system", {"name": "New"}),
        (
            "POST",
            "system/clients",
            "system",
            {"client_name": "New", "scope": ["team_api[{team}]"]},
        ),
    ),
]

RTCAT_ROWS = [
    ("GET", "", "anybody"),
    ("GET", "sessions", "key's list"),
    ("POST", "sessions", "key's list", {"label": "New"}),
    ("GET", "sessions/permanent", "key's list"),
    ("GET", "sessions/nonpermanent", "key's list"),
    ("GET", "sessions/<str:session_id>", "key's object"),
    ("PATCH", "sessions/<str:session_id>", "key's object", {"label": "New"}),
    ("DELETE", "sessions/<str:session_id>", "key's object"),
    ("GET", "sessions/<str:session_id>/tokens", "key's object"),
    ("POST", "sessions/<str:session_id>/tokens", "key's object", {"label": "New"}),
    ("GET", "sessions/<str:session_id>/tokens/permanent", "key's object"),
    ("GET", "sessions/<str:session_id>/tokens/nonpermanent", "key's object"),
    ("GET", "tokens/<str:token>", "key's object"),
    ("PATCH", "tokens/<str:token>", "key's object", {"label": "New"}),
    ("DELETE", "tokens/<str:token>", "key's object"),
]
RTCAT = [
    *(Row(method, f"v0.4/{path}", *rest) for method, path, *rest in RTCAT_ROWS),
    Row("GET", "sessions", "anybody"),  # the open demo: rooms of a team that is for that alone
    Row("GET", "tokens/<str:name>", "anybody", ids={"name": "text"}),
    Row("GET", "<session_id>/tokens", "anybody", ids={"session_id": "demo"}),
]

GROUP = {"groupId": "{group}"}
SEALTALK = [
    # The own account
    Row("POST", "user/logout", "person", {}),
    Row("POST", "user/change_password", to_group(owner=OK),
        {"oldPassword": "{password}", "newPassword": "stripes2"}),
    Row("POST", "user/delete", to_group(owner=OK), {"password": "{password}"}),
    Row("POST", "user/set_nickname", "person", {"nickname": "New"}),
    Row("POST", "user/set_portrait_uri", "person", {"portraitUri": "https://example.com/new.png"}),
    Row("GET", "user/get_token", "person"),
    Row("GET", "user/get_image_token", "person"),
    # Other people: names and pictures for whoever is logged in, phones for friends
    Row("GET", "user/<str:user_id>", "person", ids={"user_id": "owner_person"}),
    Row("GET", "user/batch", "person", query="id={owner_person}"),
    Row("GET", "user/find/<str:region>/<str:phone>", "person",
        ids={"region": "86", "phone": "13900000000"}),
    Row("POST", "user/upload_contacts", to_group(owner=404, stranger=404), {}),
    Row("GET", "user/sync/<str:version>", to_group(owner=OK, stranger=NONE), ids={"version": "0"}),
    Row("GET", "user/groups", to_group(owner=OK, member=OK, stranger=NONE)),
    Row("GET", "user/blacklist", to_group(owner=OK, stranger=NONE)),
    Row("POST", "user/add_to_blacklist", "person", {"friendId": "{friend_person}"}),
    Row("POST", "user/remove_from_blacklist", "person", {"friendId": "{blocked_person}"}),
    # Friends
    Row("GET", "friendship/all", to_group(owner=OK, stranger=NONE)),
    Row("GET", "friendship/<str:friend_id>/profile",
        to_group(friend=OK, stranger=403, asker=403), ids={"friend_id": "owner_person"}),
    Row("POST", "friendship/invite", to_group(stranger=OK, friend=400),
        {"friendId": "{owner_person}", "message": "hello"}),
    Row("POST", "friendship/agree", to_group(owner=OK, stranger=404),
        {"friendId": "{asker_person}"}),
    Row("POST", "friendship/ignore", to_group(owner=OK, stranger=404),
        {"friendId": "{asker_person}"}),
    Row("POST", "friendship/delete", to_group(owner=OK, stranger=404),
        {"friendId": "{friend_person}"}),
    Row("POST", "friendship/set_display_name", to_group(owner=OK, stranger=404),
        {"friendId": "{friend_person}", "displayName": "New"}),
    # Groups: anybody may join and look at one; members see who is in it; the creator decides
    Row("GET", "group/<str:group_id>", "person", ids={"group_id": "group"}),
    Row("GET", "group/<str:group_id>/members", to_group(owner=OK, member=OK, stranger=403),
        ids={"group_id": "group"}),
    Row("POST", "group/create", "person",
        {"name": "New", "memberIds": ["{owner_person}", "{stranger_person}"]}),
    Row("POST", "group/join", to_group(stranger=OK, member=400), GROUP),
    Row("POST", "group/add", to_group(owner=OK, member=OK, stranger=403),
        GROUP | {"memberIds": ["{friend_person}"]}),
    Row("POST", "group/kick", to_group(owner=OK, member=403, stranger=403),
        GROUP | {"memberIds": ["{singer_person}"]}),
    Row("POST", "group/quit", to_group(owner=OK, member=OK, stranger=403), GROUP),
    Row("POST", "group/dismiss", to_group(owner=OK, member=400, stranger=400), GROUP),
    Row("POST", "group/transfer", to_group(owner=OK, member=400, stranger=400),
        GROUP | {"userId": "{singer_person}"}),
    Row("POST", "group/rename", to_group(owner=OK, member=400, stranger=400),
        GROUP | {"name": "New"}),
    Row("POST", "group/set_bulletin", to_group(owner=OK, member=400, stranger=400),
        GROUP | {"bulletin": "New"}),
    Row("POST", "group/set_portrait_uri", to_group(owner=OK, member=400, stranger=400),
        GROUP | {"portraitUri": "https://example.com/new.png"}),
    Row("POST", "group/set_display_name", to_group(owner=OK, member=OK, stranger=404),
        GROUP | {"displayName": "New"}),
    Row("POST", "misc/send_message", to_group(owner=OK, member=OK, stranger=403),
        {"conversationType": "GROUP", "targetId": "{group}", "objectName": "RC:TxtMsg",
         "content": '"hi"'}),
    # Ways in, and what newcomers are shown
    Row("POST", "user/send_code", "anybody", {"region": "86", "phone": "13600000001"}),
    Row("POST", "user/verify_code", rule(ANYBODY, 404),
        {"region": "86", "phone": "13600000001", "code": "1"}),
    Row("POST", "user/check_phone_available", "anybody", {"region": "86", "phone": "13600000001"}),
    Row("POST", "user/register", rule(ANYBODY, 404),
        {"nickname": "New", "password": "stripes2",
         "verification_token": "00000000-0000-0000-0000-000000000000"}),
    Row("POST", "user/reset_password", rule(ANYBODY, 404),
        {"password": "stripes2", "verification_token": "00000000-0000-0000-0000-000000000000"}),
    Row("POST", "user/login", "anybody",
        {"region": "86", "phone": "13900000000", "password": "{password}"}),
    Row("GET", "user/get_sms_img_code", "anybody"),
    Row("GET", "misc/latest_update", "anybody", query="version=1.0.0"),
    Row("GET", "misc/client_version", "anybody"),
    Row("GET", "misc/demo_square", "anybody"),
    Row("POST", "user/upload_image", rule(ANYBODY, 400), {"token": "{upload}"}),
    Row("GET", "media/<str:key>", "nowhere", ids={"key": "text"}),
]  # fmt: skip

KEY = {"roomId": "{key}"}
LIVEROOM_ROWS = [
    ("", {"nobody": OK}),
    ("auth_users/user_keepalive", live(nobody=204)),
    ("auth_users/user_login_token", live(nobody=204)),
    # Signing out with a token that counts no more is no error, and ends nothing.
    ("auth_users/user_logout", live(nobody=204, garbage=NONE, other_token=NONE, signed_out=NONE)),
    # Whoever signed out a moment ago may still remove the account.
    ("auth_users/user_delete", live(nobody=204, signed_out=OK)),
    ("auth_users/user_update", live(nobody=204), {"name": "New"}),
    ("auth_users/user_query", live(nobody=204), {"searchUserId": "{owner_id}"}),
    ("oauth/register", {"nobody": OK}, {"username": "new", "salt": "0" * 32}),
    ("oauth/signature", {"nobody": 98}, {"username": "new", "signature": "0" * 32}),
    ("rooms/generate_roomid", live(nobody=2000)),
    ("rooms/enter_room", live(nobody=2000), KEY | {"appId": "{app}"}),
    ("rooms/room_detail", live(nobody=2002), KEY),
    ("rooms/query_room", live(nobody=2002), {"appId": "{app}"}),
    ("rooms/list_users", live(nobody=2002), KEY),
    ("rooms/leave_room", live(nobody=2003), KEY),
    ("rooms/destroy_room", live(nobody=2001, member=98, stranger=98), KEY),
    ("rooms/update_room", live(nobody=2000, member=98, stranger=98), KEY | {"title": "New"}),
]
LIVEROOM = [
    *(Row("ANY", f"base/v1/{path}", *rest) for path, *rest in LIVEROOM_ROWS),
    Row("ANY", "helloworld", {"nobody": OK}),
]

CHATROOM_ROWS = [
    ("auth/register", "anybody",
     {"user_tel": "13700000009", "user_name": "new", "user_password": "stripes2"}),
    ("auth/login", "anybody", {"user_tel": "13700000001", "user_password": "{password}"}),
    ("auth/user_data", "anybody", {"user_tel": "13700000001"}),
    ("chatroom/list", "anybody", {}),
    ("chatroom/create", "anybody", {"room_name": "NEW"}),
    ("chatroom/room", "anybody", {"room_name": "LOBBY", "user_name": "guest", "status": "1"}),
]  # fmt: skip
CHATROOM = [
    Row(method, path, rule, body)
    for path, rule, body in CHATROOM_ROWS
    for method in ("GET", "POST")
]

PAGES = [
    Row("GET", ".well-known/oauth-authorization-server", "anybody"),
    Row("GET", "v1/schema", rule(["nobody"], OK)),  # it takes a second
    Row("GET", "v1/docs", "anybody"),
    Row(
        "POST",
        "v1/auth/token",
        "key in the header",
        {"grant_type": "client_credentials"},
        form=True,
    ),
    Row("POST", "v1/auth/revoke", "key in the header", {"token": "x"}, form=True),
    Row("POST", "v1/auth/introspect", "key in the header", {"token": "x"}, form=True),
    # The path is the credential.
    Row("GET", "session/<str:participant_id>", "anybody"),
    Row("GET", "session/<str:participant_id>.ics", "anybody"),
    Row("GET", "", "anybody"),
    Row("GET", "diagnose", "anybody"),
    Row("GET", "chat", "anybody"),
    Row("GET", "chat/ticket", "staff who may look"),
    Row("POST", "livekit/webhook", "nowhere", {}),  # LiveKit is not in use here
]

ROWS = [*COVIU, *RTCAT, *SEALTALK, *LIVEROOM, *CHATROOM, *PAGES]

# The same views under other names
ALIASES = {"v0.3/": "v0.4/"} | {
    f"{stage}/base/v1/": "base/v1/" for stage in ("prod", "dev", "local", "test")
}
# What answers for all paths that are not there
ELSEWHERE = {
    "base/v1/^(?:oauth|auth_users|rooms)/", "v0.4/", "^(user|friendship|group|misc)(/|$)",
}  # fmt: skip
