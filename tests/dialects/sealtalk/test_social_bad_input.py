"""Bad input at every path of friends, blacklist, groups and sync: a status, a text, no row."""

import json

import pytest
from django.test import Client

from rooms.models import Membership, Room
from rtcserver.models import Event
from social.models import Block, Friendship, Group

WRONG = [
    None,
    "",
    [],
    {},
    5,
    0,
    True,
    1.5,
    ["x"],
    {"a": 1},
    [[]],
    [{}],
    "\x00",
    "x" * 70_000,
    [None],
]
IDS = ["friendId", "groupId", "userId", "targetId"]
BODIES = {
    "/friendship/invite": {"friendId": "BO", "message": "hello"},
    "/friendship/agree": {"friendId": "BO"},
    "/friendship/ignore": {"friendId": "BO"},
    "/friendship/delete": {"friendId": "BO"},
    "/friendship/set_display_name": {"friendId": "BO", "displayName": "B"},
    "/user/add_to_blacklist": {"friendId": "BO"},
    "/user/remove_from_blacklist": {"friendId": "BO"},
    "/group/create": {"name": "Choir", "memberIds": ["ADA", "BO"]},
    "/group/add": {"groupId": "GROUP", "memberIds": ["CAI"]},
    "/group/join": {"groupId": "GROUP"},
    "/group/kick": {"groupId": "GROUP", "memberIds": ["BO"]},
    "/group/quit": {"groupId": "GROUP"},
    "/group/dismiss": {"groupId": "GROUP"},
    "/group/transfer": {"groupId": "GROUP", "userId": "BO"},
    "/group/rename": {"groupId": "GROUP", "name": "Band"},
    "/group/set_bulletin": {"groupId": "GROUP", "bulletin": "Tonight"},
    "/group/set_portrait_uri": {"groupId": "GROUP", "portraitUri": "https://a.example/p.png"},
    "/group/set_display_name": {"groupId": "GROUP", "displayName": "B"},
    "/misc/send_message": {
        "conversationType": "PRIVATE",
        "targetId": "BO",
        "objectName": "RC:TxtMsg",
        "content": "{}",
    },
}
PLACES = [
    "/friendship/all", "/friendship/x/profile", "/user/blacklist", "/user/groups", "/group/x",
    "/group/x/members", "/user/sync/0",
]  # fmt: skip
CASES = [(path, member) for path, body in BODIES.items() for member in body]


@pytest.fixture
def scene(people):
    """Ada's group with Bo in it, and what the bodies above mean."""
    ada, bo, cai = people
    group = ada.post("/group/create", name="Choir", memberIds=[ada.id, bo.id])["id"]
    names = {"ADA": ada.id, "BO": bo.id, "CAI": cai.id, "GROUP": group}

    def body_of(path):
        return json.loads(
            json.dumps(BODIES[path])
            .replace('"ADA"', f'"{names["ADA"]}"')
            .replace('"BO"', f'"{names["BO"]}"')
            .replace('"CAI"', f'"{names["CAI"]}"')
            .replace('"GROUP"', f'"{names["GROUP"]}"')
        )

    return ada, body_of


@pytest.fixture
def unchanged(scene):
    def rows():
        return [
            list(model.values_list().order_by("pk"))
            for model in (
                Friendship.objects, Block.objects, Group.objects, Room.across_teams,
                Membership.objects, Event.objects.exclude(type="login.started"),
            )
        ]  # fmt: skip

    before = rows()
    yield
    assert rows() == before


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("path", "member"), CASES)
def test_a_wrong_or_missing_member_is_400_and_changes_nothing(scene, path, member):
    ada, body_of = scene
    good = body_of(path)
    without = {name: value for name, value in good.items() if name != member}
    ada.post(path, **without, status=400)
    for wrong in WRONG:
        allowed = wrong in ("", None) and member in ("displayName", "bulletin")
        id_of_nobody = wrong and isinstance(wrong, str) and member in IDS  # see the next test
        if not allowed and not id_of_nobody:
            ada.post(path, **{**good, member: wrong}, status=400)


NOBODY_STATUS = {
    "/friendship/invite": 404,
    "/friendship/agree": 404,
    "/friendship/ignore": 404,
    "/friendship/delete": 404,
    "/friendship/set_display_name": 404,
    "/user/add_to_blacklist": 404,
    "/user/remove_from_blacklist": 200,
    "/group/add": 404,
    "/group/join": 404,
    "/group/kick": 404,
    "/group/quit": 404,
    "/group/dismiss": 400,
    "/group/transfer": 400,
    "/group/rename": 400,
    "/group/set_bulletin": 400,
    "/group/set_portrait_uri": 400,
    "/group/set_display_name": 404,
    "/misc/send_message": 403,
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("path", "status"), NOBODY_STATUS.items())
@pytest.mark.parametrize("nobody", ["5Vg2XCh9f", "SeWrfDYG8", "-", "a b", "\x00", "é", "x" * 5000])
def test_an_id_of_nobody_is_answered_as_its_path_wants(scene, path, status, nobody):
    ada, body_of = scene
    for member in body_of(path):
        if member in ("friendId", "groupId", "targetId"):
            ada.post(path, **{**body_of(path), member: nobody}, status=status)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("path", BODIES)
def test_unreadable_bodies_are_400(scene, path):
    ada, _body_of = scene
    for body in (b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"a": NaN}', b"[" * 100_000):
        answer = ada.client.generic("POST", path, body, content_type="application/json")
        ada.checked(answer, 400, 0)
    form = ada.client.generic("POST", path, b"friendId=x", "application/x-www-form-urlencoded")
    ada.checked(form, 400, 0)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("cookie", [None, "0" * 64, "x"])
def test_without_a_login_everything_is_403(scene, cookie):
    _ada, body_of = scene
    client = Client(headers={"Cookie": f"rong_im_auth={cookie}"} if cookie else {})
    for path in BODIES:
        answer = client.post(path, body_of(path), content_type="application/json")
        assert (answer.status_code, answer.content) == (403, b"Not loged in.")
    for path in PLACES:
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (403, b"Not loged in.")


@pytest.mark.usefixtures("unchanged")
def test_a_foreign_page_cannot_act_with_the_cookie(scene):
    ada, body_of = scene
    answer = ada.client.post(
        "/group/dismiss",
        body_of("/group/dismiss"),
        content_type="application/json",
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/friendship/%00/profile", "/group/%00", "/group/%ff/members"])
def test_odd_ids_in_paths_are_nobodys(scene, path):
    ada, _body_of = scene
    assert ada.client.get(path).status_code in (403, 404)


@pytest.mark.parametrize("version", ["x", "1.5", "", "0x1", "1e3", "9" * 5000, "%00", "１", "--1"])
def test_a_version_that_is_no_integer_is_400(scene, version):
    ada, _body_of = scene
    ada.get(f"/user/sync/{version}", status=400 if version else 404)


@pytest.mark.parametrize(
    "url", ["x", "example.com/portrait.png", "ftp://example.com/p.png", "http://a", "/p/1.png",
            "javascript:alert(1)", "https://example.com/" + "x" * 240, "https://"],
)  # fmt: skip
def test_portraits_are_absolute_web_addresses(scene, url):
    ada, body_of = scene
    ada.post(
        "/group/set_portrait_uri",
        **{**body_of("/group/set_portrait_uri"), "portraitUri": url},
        status=400,
    )
