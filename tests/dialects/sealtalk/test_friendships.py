"""Friendship state machine: every row of its table, seen from both sides."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from rtcserver.models import Event
from social.models import Friendship, Notification

NOW = datetime(2050, 6, 8, 12, tzinfo=UTC)
REQUESTING, REQUESTED, AGREED, IGNORED, DELETED = 10, 11, 20, 21, 30


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def invite(caller, friend, message="hello", **expected):
    return caller.post("/friendship/invite", friendId=friend.id, message=message, **expected)


def act(name, caller, friend, **expected):
    return caller.post(f"/friendship/{name}", friendId=friend.id, **expected)


def pair(ada, bo):
    """Both sides' states, as the two devices read them."""
    return status(ada, bo), status(bo, ada)


def status(caller, friend):
    rows = caller.get("/friendship/all")
    return next((row["status"] for row in rows if row["user"]["id"] == friend.id), None)


def arrange(state, ada, bo):
    """Bring the two into `state` by what people do."""
    steps = {
        (None, None): [],
        (10, 11): [("invite", ada)],
        (11, 10): [("invite", bo)],
        (10, 21): [("invite", ada), ("ignore", bo)],
        (21, 10): [("invite", bo), ("ignore", ada)],
        (20, 20): [("invite", ada), ("agree", bo)],
        (20, 30): [("invite", ada), ("agree", bo), ("delete", bo)],
        (30, 20): [("invite", ada), ("agree", bo), ("delete", ada)],
        (30, 30): [("invite", ada), ("agree", bo), ("delete", ada), ("delete", bo)],
    }[state]
    for name, caller in steps:
        other = bo if caller is ada else ada
        invite(caller, other) if name == "invite" else act(name, caller, other)
    assert pair(ada, bo) == state


def news(caller, version):
    """What sync brings after `version`: the friend states in it."""
    return [row["status"] for row in caller.sync(version)["friends"]]


def notified(caller, since):
    """Types of the events that a person was told of after the event `since`."""
    rows = Notification.objects.of_user(caller.user.pk).after(since)
    return [row.event.type for row in rows]


def last_event():
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def watch(caller):
    return caller.sync()["version"] or 0


# Call by Ada, states before (hers, Bo's), answer or status, states after, whose sync brings
# something, what Bo is told.
REQUEST, ACCEPT = ["friendship.requested"], ["friendship.accepted"]
TABLE = [
    ("invite", (None, None), "Sent", (10, 11), "both", REQUEST),
    ("invite", (20, 20), 400, (20, 20), "nobody", []),
    ("invite", (11, 10), "Added", (20, 20), "both", ACCEPT),
    ("invite", (21, 10), "Added", (20, 20), "both", ACCEPT),
    ("invite", (30, 20), "Added", (20, 20), "ada", []),
    ("invite", (20, 30), "Sent", (10, 11), "both", REQUEST),
    ("invite", (30, 30), "Sent", (10, 11), "both", REQUEST),
    ("invite", (10, 21), "None", (10, 21), "nobody", []),
    ("invite", (10, 11), "None", (10, 11), "nobody", []),
    ("agree", (11, 10), None, (20, 20), "both", ACCEPT),
    ("agree", (20, 20), None, (20, 20), "nobody", []),
    ("agree", (20, 30), 404, (20, 30), "nobody", []),
    ("agree", (10, 11), 404, (10, 11), "nobody", []),
    ("agree", (10, 21), 404, (10, 21), "nobody", []),
    ("agree", (21, 10), 404, (21, 10), "nobody", []),
    ("agree", (30, 20), 404, (30, 20), "nobody", []),
    ("agree", (30, 30), 404, (30, 30), "nobody", []),
    ("agree", (None, None), 404, (None, None), "nobody", []),
    ("ignore", (11, 10), None, (21, 10), "ada", []),
    ("ignore", (10, 11), 404, (10, 11), "nobody", []),
    ("ignore", (21, 10), 404, (21, 10), "nobody", []),
    ("ignore", (20, 20), 404, (20, 20), "nobody", []),
    ("ignore", (30, 20), 404, (30, 20), "nobody", []),
    ("ignore", (None, None), 404, (None, None), "nobody", []),
    ("delete", (20, 20), None, (30, 20), "ada", []),
    ("delete", (20, 30), None, (30, 30), "ada", []),
    ("delete", (10, 11), 404, (10, 11), "nobody", []),
    ("delete", (11, 10), 404, (11, 10), "nobody", []),
    ("delete", (21, 10), 404, (21, 10), "nobody", []),
    ("delete", (30, 20), 404, (30, 20), "nobody", []),
    ("delete", (None, None), 404, (None, None), "nobody", []),
]


@pytest.mark.parametrize(("name", "before", "answer", "after", "synced", "told"), TABLE)
def test_every_row_of_the_table(ada, bo, name, before, answer, after, synced, told):
    arrange(before, ada, bo)
    versions, since = {"ada": watch(ada), "bo": watch(bo)}, last_event()
    code = answer if isinstance(answer, int) else 200
    if name == "invite":
        result = invite(ada, bo, message="again", status=code)
        if code == 200:
            assert result == {"action": answer}
    else:
        act(name, ada, bo, status=code)
    assert pair(ada, bo) == after
    who = {"both": {"ada", "bo"}, "nobody": set()}.get(synced, {synced})
    assert (news(ada, versions["ada"]) == [after[0]]) == ("ada" in who)
    assert (news(bo, versions["bo"]) == [after[1]]) == ("bo" in who)
    assert notified(bo, since) == told
    assert notified(ada, since) == []


@pytest.mark.parametrize(
    ("before", "wait", "answer"),
    [
        ((10, 11), timedelta(days=3), "None"),
        ((10, 11), timedelta(days=3, seconds=1), "Sent"),
        ((10, 21), timedelta(days=1), "None"),
        ((10, 21), timedelta(days=1, seconds=1), "Sent"),
    ],
)
def test_an_open_request_may_be_repeated_after_its_time(ada, bo, clock, before, wait, answer):
    arrange(before, ada, bo)
    clock.shift(wait)
    since = last_event()
    assert invite(ada, bo, message="please") == {"action": answer}
    assert pair(ada, bo) == ((10, 11) if answer == "Sent" else before)
    assert notified(bo, since) == (REQUEST if answer == "Sent" else [])


def test_the_windows_are_settings(ada, bo, clock, settings):
    settings.FRIEND_REQUEST_SECONDS = 3
    settings.FRIEND_REQUEST_IGNORED_SECONDS = 1
    invite(ada, bo)
    clock.shift(3.5)
    assert invite(ada, bo) == {"action": "Sent"}
    act("ignore", bo, ada)
    clock.shift(1.5)
    assert invite(ada, bo) == {"action": "Sent"}


def test_whoever_is_blocked_invites_in_vain_and_is_not_told(ada, bo):
    bo.post("/user/add_to_blacklist", friendId=ada.id)
    assert invite(ada, bo) == {"action": "None"}
    assert pair(ada, bo) == (None, None)
    bo.post("/user/remove_from_blacklist", friendId=ada.id)
    assert invite(ada, bo) == {"action": "Sent"}


def test_blocking_someone_does_not_keep_one_from_inviting_them(ada, bo):
    ada.post("/user/add_to_blacklist", friendId=bo.id)
    assert invite(ada, bo) == {"action": "Sent"}


def test_blocking_ends_no_friendship(ada, bo):
    arrange((20, 20), ada, bo)
    ada.post("/user/add_to_blacklist", friendId=bo.id)
    assert pair(ada, bo) == (20, 20)


def test_one_can_befriend_oneself_and_part_again(ada):
    for _round in range(2):
        assert invite(ada, ada) == {"action": "Added"}
        assert status(ada, ada) == AGREED
        assert invite(ada, ada, status=400)
        act("agree", ada, ada)
        act("ignore", ada, ada, status=404)
        act("delete", ada, ada)
        assert status(ada, ada) == DELETED
    assert Friendship.objects.count() == 1


def test_the_message_is_on_the_invited_side_and_shown_without_markup(ada, bo):
    invite(ada, bo, message="<b>&amp;\"'")
    [mine], [theirs] = ada.get("/friendship/all"), bo.get("/friendship/all")
    assert mine["message"] == ""
    assert theirs["message"] == "&lt;b&gt;&amp;\"'"
    assert theirs["updatedAt"] == "2050-06-08T12:00:00.000Z"


def test_phone_numbers_show_only_while_both_agree(ada, bo):
    for state in [(10, 11), (20, 20), (30, 20)]:
        Friendship.objects.all().delete()
        arrange(state, ada, bo)
        [mine], [theirs] = ada.get("/friendship/all"), bo.get("/friendship/all")
        shown = state == (20, 20)
        assert mine["user"]["phone"] == ("13800000101" if shown else "")
        assert theirs["user"]["region"] == ("86" if shown else "")


def test_a_profile_shows_only_to_a_friend(ada, bo):
    for state in [(None, None), (10, 11), (11, 10), (30, 20)]:
        Friendship.objects.all().delete()
        arrange(state, ada, bo)
        ada.get(f"/friendship/{bo.id}/profile", status=403)
    ada.get("/friendship/5Vg2XCh9f/profile", status=403)
    Friendship.objects.all().delete()
    arrange((20, 20), ada, bo)
    assert ada.get(f"/friendship/{bo.id}/profile") == {
        "displayName": "",
        "user": {
            "id": bo.id,
            "nickname": "Bo",
            "region": "86",
            "phone": "13800000101",
            "portraitUri": "",
        },
    }


def test_a_friends_name_is_ones_own_affair_and_goes_with_the_friend(ada, bo):
    ada.post("/friendship/set_display_name", friendId=bo.id, displayName="B", status=404)
    arrange((20, 20), ada, bo)
    at = watch(bo)
    ada.post("/friendship/set_display_name", friendId=bo.id, displayName="<" * 32)
    assert ada.get(f"/friendship/{bo.id}/profile")["displayName"] == ("&lt;" * 32)[:32]
    assert bo.sync(at)["version"] is None
    for nothing in ("", None):
        ada.post("/friendship/set_display_name", friendId=bo.id, displayName="B")
        ada.post("/friendship/set_display_name", friendId=bo.id, displayName=nothing)
        assert ada.get(f"/friendship/{bo.id}/profile")["displayName"] == ""
    ada.post("/friendship/set_display_name", friendId=bo.id, displayName="B")
    act("delete", ada, bo)
    [row] = ada.get("/friendship/all")
    assert (row["displayName"], row["status"]) == ("", DELETED)


def test_the_list_of_friends_takes_two_queries(people, django_assert_num_queries):
    ada, bo, cai = people
    arrange((20, 20), ada, bo)
    arrange((11, 10), ada, cai)
    with django_assert_num_queries(2):  # login, friends
        assert len(ada.get("/friendship/all")) == 2
