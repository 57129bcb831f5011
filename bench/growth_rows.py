"""The rows that bench/growth.py counts on, all of one team, and the pages that list them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from accounts.hashers import checksum
from accounts.models import AccessToken, Login, PhoneCode, User, WebhookDelivery, WebhookEndpoint
from accounts.services import create_api_client, create_team, create_user_of_staff
from accounts.services.logins import Device, start_login
from chat.models import Conversation, Message
from chat.reading import conversations_of
from rooms.models import LiveRoom, Membership, Room
from rtcserver.events import Actor, record
from rtcserver.models import Event
from sessions_api.models import CallEntry, Participant, Session
from social.models import Friendship, Notification

FIRST = 1_000_000_000  # ids of clones begin above those of the originals
BENCH = Actor("system", "bench", "bench")
PAGE = 50
PEERS = 200  # rooms and friends of the one person whose lists are read
CHANGELISTS = (
    Event, Session, CallEntry, Message, Conversation, Room, User, Login, PhoneCode, Notification,
    Friendship, WebhookDelivery,
)  # fmt: skip


def clone(row: models.Model, since: int, until: int, **columns: str) -> None:
    """Copies of `row`, numbered g from `since` to before `until`; `columns` in SQL."""
    table, key = row._meta.db_table, row._meta.pk.column
    names = [field.column for field in row._meta.local_concrete_fields]
    if key == "id":
        columns = {"id": f"{FIRST} + g"} | columns
    values = ", ".join(columns.get(name, f't."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    sql = f"""INSERT INTO {table} ({quoted}) SELECT {values}
              FROM {table} t, generate_series({since}, {until} - 1) g WHERE t.{key} = {row.pk}"""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(sql)


class Rows:
    """One original of every kind; `grow_to` clones them."""

    def __init__(self) -> None:
        self.size = 0
        self.now = timezone.now()
        self.team = create_team(actor=BENCH, name="Bench")
        self.key, self.secret = create_api_client(actor=BENCH, team=self.team, name="Bench")
        self.root = create_user_of_staff(actor=BENCH, username="root", is_superuser=True)
        self.person = User.objects.create_user(name="Ann", region="86", phone="13800000000")
        self._token()
        self._sessions()
        self._talk()
        self._log()

    def _token(self) -> None:
        AccessToken.objects.create(
            application=self.key,
            token_checksum=checksum("bench"),
            scope="sessions rooms events",
            expires=self.now + timedelta(hours=5),
        )
        _login, self.cookie = start_login(user=self.person, device=Device("sealtalk"))
        self.login = Login.objects.get(user=self.person)
        self.other = User.objects.create_user(name="Bo", region="86", phone="13800000001")
        self.code = PhoneCode.objects.create(region="86", phone="13800000000", code_mac="x")

    def _sessions(self) -> None:
        later = self.now + timedelta(days=1)
        self.session = Session.across_teams.create(
            team=self.team, client=self.key, name="S", starts_at=later,
            ends_at=later + timedelta(hours=1),
        )  # fmt: skip
        self.guest = Participant.across_teams.create(
            session=self.session, role="guest", display_name="G"
        )
        self.entry = CallEntry.across_teams.create(
            session=self.session, participant=self.guest, state="left", reason="own",
            arrived_at=self.now, joined_at=self.now, left_at=self.now, alive_until=self.now,
        )  # fmt: skip

    def _talk(self) -> None:
        self.room = Room.across_teams.create(kind="live", team=self.team, key=None, name="R",
                                             app_id="1", category="c")  # fmt: skip
        self.live = LiveRoom.objects.create(
            room=self.room, updated_at=self.now, hosted_since=self.now
        )
        self.group = Room.across_teams.create(kind="group", name="G", owner=self.person)
        self.member = Membership.objects.create(
            room=self.group, user=self.person, joined_at=self.now
        )
        self.friendship = Friendship.objects.create(
            user=self.person, friend=self.other, status=20, status_changed_at=self.now
        )
        self.conversation = Conversation.across_teams.create(
            room=self.room, team=self.team, last_seq=1, last_at=self.now
        )
        self.of_group = Conversation.across_teams.create(room=self.group, last_at=self.now)
        self.message = Message.objects.create(
            conversation=self.conversation, seq=1, kind="message", sender_key="bench",
            sender_name="B", type="text", body='"hi"', created_at=self.now,
        )  # fmt: skip

    def _log(self) -> None:
        record("thing.happened", team_id=self.team.pk, subject_kind="thing", subject_id=1,
               actor=BENCH)  # fmt: skip
        self.event = Event.objects.get(type="thing.happened")
        self.endpoint = WebhookEndpoint.across_teams.create(
            team=self.team, url="https://example.com/h"
        )
        self.delivery = WebhookDelivery.objects.create(
            endpoint=self.endpoint, event=self.event, state="delivered"
        )
        self.notice = Notification.objects.create(event=self.event, user=self.person)

    def grow_to(self, size: int) -> None:
        add = (self.size + 1, size + 1)
        clone(self.other, *add, public_id="'u' || g", phone="(14000000000 + g)::text",
              region="'1'")  # fmt: skip
        clone(self.login, *add, user_id=f"{FIRST} + g", key_checksum="NULL")
        clone(self.code, *add, phone="(14000000000 + g)::text")
        self._clone_sessions(*add)
        self._clone_talk(*add)
        # Transactions of the past: what a running one could still precede is not shown.
        kind = "CASE WHEN g % 10 = 0 THEN 'session.created' ELSE 'room.entered' END"
        past = {"transaction": "1 + g / 10000", "subject_id": "g::text"}
        clone(self.event, *add, **past, type=kind)
        clone(self.delivery, *add, event_id=f"{FIRST} + g",
              state="CASE WHEN g % 100 = 0 THEN 'dead' ELSE 'delivered' END")  # fmt: skip
        clone(self.notice, *add, event_id=f"{FIRST} + g", user_id=f"{FIRST} + g")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
        self.size = size

    def _clone_sessions(self, since: int, until: int) -> None:
        at = "now() + (g - 5000) * interval '1 minute'"
        clone(self.session, since, until, public_id="gen_random_uuid()", starts_at=at,
              ends_at=f"{at} + interval '30 minutes'",
              canceled_at="CASE WHEN g % 10 = 0 THEN now() END")  # fmt: skip
        clone(self.guest, since, until, public_id="gen_random_uuid()",
              peer_id="gen_random_uuid()", session_id=f"{FIRST} + g")  # fmt: skip
        clone(self.entry, since, until, session_id=f"{FIRST} + g", participant_id=f"{FIRST} + g")

    def _clone_talk(self, since: int, until: int) -> None:
        clone(self.room, since, until, public_id="'r' || g",
              closed_at="CASE WHEN g % 2 = 0 THEN now() END",
              category="CASE WHEN g % 100 = 0 THEN 'closed' WHEN g % 99 = 0 THEN 'rare' ELSE 'c' "
                       "END")  # fmt: skip
        clone(self.live, since, until, room_id=f"{FIRST} + g")
        clone(self.conversation, since, until, public_id="'c' || g", room_id=f"{FIRST} + g",
              last_at="now() - g * interval '1 second'")  # fmt: skip
        clone(self.message, since, until, seq="g + 1", client_message_id="NULL")
        self._mine(since, until)

    def _mine(self, since: int, until: int) -> None:
        """Groups and friends: all people's first, and PEERS of the one who is asked for."""
        step = FIRST // 2
        clone(self.group, since, until, id=f"{FIRST + step} + g", public_id="'g' || g",
              owner_id=f"{FIRST} + g")  # fmt: skip
        whose = f"CASE WHEN g <= {PEERS} THEN {self.person.pk} ELSE {FIRST} + g END"
        clone(self.member, since, until, room_id=f"{FIRST + step} + g", user_id=whose)
        clone(self.of_group, since, until, id=f"{FIRST + step} + g", public_id="'k' || g",
              room_id=f"{FIRST + step} + g", last_at="now() - g * interval '1 second'")  # fmt: skip
        friend = f"CASE WHEN g <= {PEERS} THEN {FIRST} + g ELSE {self.other.pk} END"
        clone(self.friendship, since, until, user_id=whose, friend_id=friend)
        clone(self.friendship, since, until, id=f"{FIRST + step} + g", user_id=friend,
              friend_id=whose)  # fmt: skip

    def calls(self) -> dict[str, Callable[[], object]]:
        """The pages, by what they show."""
        return self._api_calls() | self._people_calls() | self._console_calls()

    def _api_calls(self) -> dict[str, Callable[[], object]]:
        api = Client(headers={"Authorization": "Bearer bench"})
        rtcat = Client(
            headers={"X-RTCAT-APIKEY": self.key.client_id, "X-RTCAT-SECRET": self.secret}
        )
        middle = self.size // 2
        event = f"{1 + middle // 10000}-{FIRST + middle}"
        one = Session.across_teams.get(pk=FIRST + middle - 1).public_id
        room = f"/v1/rooms/{self.room.public_id}/messages"
        pages = {
            "sessions, first page": f"/v1/sessions?page_size={PAGE}",
            "sessions, from the newest": f"/v1/sessions?page_size={PAGE}&order=reverse",
            "sessions, page 100": f"/v1/sessions?page_size={PAGE}&page=100",
            "sessions, from the middle": f"/v1/sessions?page_size={PAGE}&page={middle // PAGE}",
            "sessions, behind one in the middle": f"/v1/sessions?page_size={PAGE}&after={one}",
            "sessions of a day": f"/v1/sessions?page_size={PAGE}&start_time={self._http(0)}"
            f"&end_time={self._http(1)}",
            "participants of a session": f"/v1/sessions/{one}/participants",
            "attendance of a session": f"/v1/sessions/{one}/attendance",
            "events, first page": f"/v1/events?limit={PAGE}",
            "events behind a cursor in the middle": f"/v1/events?limit={PAGE}&after={event}",
            "events of a type": f"/v1/events?limit={PAGE}&after={event}&types=session.*",
            "rooms, first page": f"/v1/rooms?page_size={PAGE}",
            "rooms, closed": f"/v1/rooms?page_size={PAGE}&state=closed",
            "rooms of a category": f"/v1/rooms?page_size={PAGE}&category=rare",
            "rooms of a category without an open one": f"/v1/rooms?page_size={PAGE}"
            "&category=closed",
            "messages, the last": f"{room}?limit={PAGE}",
            "messages before one in the middle": f"{room}?limit={PAGE}&before={middle}",
            "deliveries, the last": f"/v1/webhooks/{self.endpoint.public_id}/deliveries"
            f"?page_size={PAGE}",
            "deliveries that failed": f"/v1/webhooks/{self.endpoint.public_id}/deliveries"
            f"?page_size={PAGE}&state=dead",
        }
        calls = {name: partial(called, api, path) for name, path in pages.items()}
        return calls | {
            "RTCat sessions, first page": partial(called, rtcat, f"/v0.4/sessions?page_size={PAGE}")
        }

    def _people_calls(self) -> dict[str, Callable[[], object]]:
        phone = Client()
        phone.cookies["rong_im_auth"] = self.cookie
        return {
            "friends of a person (200)": partial(called, phone, "/friendship/all"),
            "groups of a person (200)": partial(called, phone, "/user/groups"),
            "sync of a person, everything": partial(called, phone, "/user/sync/0"),
            "conversations of a person": partial(conversations_of, self.person),
        }

    def _console_calls(self) -> dict[str, Callable[[], object]]:
        staff = Client()
        staff.force_login(self.root)
        calls = {}
        for model in CHANGELISTS:
            assert model in admin.site._registry or model is Friendship
            path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            calls[f"console: {model._meta.verbose_name_plural}"] = partial(called, staff, path)
        return calls

    def _http(self, days: int) -> str:
        return f"{self.now + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def called(http: Client, path: str) -> object:
    answer = http.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.getvalue()[:500])
    return answer.getvalue()
