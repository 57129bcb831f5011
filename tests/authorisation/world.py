"""Two teams, their rows, and every kind of caller: what the table of rights is tried on.

All that belongs to the first team is called Zebra, so that a word is enough to see it leak.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.hashers import checksum, new_secret
from accounts.models import (
    AccessToken,
    ApiClient,
    OutboxMessage,
    PhoneCode,
    Team,
    TeamMembership,
    User,
    WebhookDelivery,
)
from accounts.services import (
    create_api_client,
    create_team,
    create_user_of_staff,
    create_webhook,
    issue_chat_ticket,
    issue_socket_token,
    register_chat_name,
    upload_token,
)
from accounts.services.logins import Device, end_login, start_login
from chat import services as chat
from chat.models import BlockedWord, Message, Mute, Report
from chat.services import Speaker
from chat.staff_tickets import issue_staff_ticket
from rooms.models import Presence
from rooms.services import live, management
from rooms.services.chat_rooms import open_chat_room
from rtcserver.events import record
from rtcserver.models import Event
from sessions_api.services import demo_team
from sessions_api.tickets import issue_ticket
from social import services as social
from tests.conftest import TESTER
from tests.factories import ParticipantFactory, SessionFactory, UserFactory
from tests.rooms.people import APP, Person
from tests.sessions_api.people import come

MARK = "Zebra"
SCOPES = ["sessions", "rooms", "events", "team"]
PASSWORD = "stripes 1"


@dataclass(frozen=True)
class Shown:
    """The credentials in a request."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """`ids` fills the table's templates; `callers` is what each kind shows with a request."""

    ids: dict[str, Any] = field(default_factory=dict)
    callers: dict[str, Shown] = field(default_factory=dict)
    scopeless: dict[str, str] = field(default_factory=dict)  # scope -> a bearer of all others
    liveroom: dict[str, dict[str, str]] = field(default_factory=dict)  # caller -> parameters
    secrets: dict[str, str] = field(default_factory=dict)  # what sockets are shown
    key: ApiClient | None = None


def build() -> World:
    world = World()
    ours, theirs = (
        create_team(actor=TESTER, name=settings.LIVEROOM_TEAM),
        create_team(actor=TESTER, name="Other Clinic"),
    )
    world.ids |= {"team": ours.public_id}
    _keys(world, ours, theirs)
    _session(world, ours)
    _live_room(world, ours)
    _webhook(world, ours)
    _people(world)
    _chatroom(world)
    _moderation(world, ours)
    _staff(world, ours, theirs)
    demo = SessionFactory(team=demo_team(), name="open to all", ends_at=None)
    world.ids |= {"demo": demo.public_id, "text": "hello", "app": APP}
    return world


def bearer_of(client: ApiClient, scopes: list[str], user: User | None = None, **facts: Any) -> str:
    """The text of a new access token."""
    text = new_secret()
    AccessToken.objects.create(
        application=client,
        user=user,
        token_checksum=checksum(text),
        scope=" ".join(scopes),
        **{"expires": timezone.now() + timedelta(hours=1)} | facts,
    )
    return text


def with_bearer(text: str) -> Shown:
    return Shown({"Authorization": f"Bearer {text}"})


def with_key(api_key: str, secret: str) -> Shown:
    return Shown({"X-RTCAT-APIKEY": api_key, "X-RTCAT-SECRET": secret})


def with_cookie(name: str, value: str) -> Shown:
    return Shown(cookies={name: value})


def _keys(world: World, ours: Team, theirs: Team) -> None:
    every = [*SCOPES, "system"]
    key, secret = create_api_client(actor=TESTER, team=ours, name=f"{MARK} key", scopes=every)
    bare, bare_secret = create_api_client(actor=TESTER, team=ours, name="bare", scopes=["rooms"])
    off, off_secret = create_api_client(actor=TESTER, team=ours, name="off", scopes=every)
    foreign, foreign_secret = create_api_client(
        actor=TESTER, team=theirs, name="their key", scopes=SCOPES
    )
    closed = create_team(actor=TESTER, name="Closed Clinic", is_active=False)
    of_closed, _ = create_api_client(actor=TESTER, team=closed, name="closed", scopes=every)
    leaver = UserFactory(username="leaver", is_active=False)
    ApiClient.objects.of_team(ours.pk).filter(pk=off.pk).update(is_active=False)
    past = timezone.now() - timedelta(seconds=1)
    revoked = bearer_of(key, every)
    AccessToken.objects.filter(token_checksum=checksum(revoked)).delete()  # what revoking does
    texts = {
        "garbage": "not-a-token",
        "expired": bearer_of(key, every, expires=past),
        "revoked": revoked,
        "key_off": bearer_of(off, every),
        "team_off": bearer_of(of_closed, every),
        "leaver": bearer_of(key, every, user=leaver),
        "theirs": bearer_of(foreign, SCOPES),
        "ours": bearer_of(key, SCOPES),
        "system": bearer_of(key, every),
    }
    world.secrets |= texts
    world.callers |= {
        "nobody": Shown(),
        "bad_key": with_key(key.client_id, "wrong"),
        "off_key": with_key(off.client_id, off_secret),
        "bare_key": with_key(bare.client_id, bare_secret),
        "their_key": with_key(foreign.client_id, foreign_secret),
        "our_key": with_key(key.client_id, secret),
        **{name: with_bearer(text) for name, text in texts.items()},
    }
    world.scopeless = {
        scope: bearer_of(key, [other for other in every if other != scope]) for scope in every
    }
    world.ids |= {"application": key.client_id}
    world.key = key


def _session(world: World, team: Team) -> None:
    planned = SessionFactory(team=team, name=f"{MARK} planned")
    running = SessionFactory(team=team, name=f"{MARK} running", started=True)
    host, waiting, inside = (
        ParticipantFactory(session=running, role=role, display_name=f"{MARK} {name}")
        for role, name in (("host", "host"), ("guest", "waiting"), ("host", "inside"))
    )
    asked = ParticipantFactory(session=planned, display_name=f"{MARK} invited")
    for person in (host, waiting, inside):
        come(person)
    posted = chat.post(
        conversation_id=chat.conversation_of_session(running).pk,
        speaker=Speaker.participant(host),
        body=f"{MARK} said this",
    )
    world.ids |= {
        "planned": planned.public_id,
        "session": running.public_id,
        "participant": asked.public_id,
        "waiting": waiting.public_id,
        "inside": inside.public_id,
        "said": posted.seq,
    }
    world.secrets |= {
        "entry": str(host.public_id),
        "ticket": issue_ticket(host),
        "peer": str(host.peer_id),
    }
    world.callers["entry"] = with_bearer(str(host.public_id))
    world.callers["ticket"] = with_bearer(world.secrets["ticket"])


def _live_room(world: World, team: Team) -> None:
    """A room that LiveRoom's clients enter, of the team whose rooms these are."""
    owner, member, stranger, out = (Person(f"{MARK} {n}") for n in ("own", "in", "far", "gone"))
    facts = {"title": f"{MARK} stage", "app_id": APP}
    live.enter_room(owner.user, actor=TESTER, room_id="stage", **facts)
    entered = live.enter_room(member.user, actor=TESTER, room_id="stage")
    room = entered.room
    posted = chat.post(
        conversation_id=chat.conversation_of_room(room).pk,
        speaker=Speaker.person(owner.user),
        body=f"{MARK} sang this",
    )
    Presence.objects.update_or_create(user=owner.user, defaults={"last_seen_at": timezone.now()})
    closing = management.open_room(
        actor=TESTER, team_id=team.pk, fields={"title": f"{MARK} hall", "category": f"{MARK} talk"}
    )
    people = {"owner": owner, "member": member, "stranger": stranger}
    world.liveroom = {
        "nobody": {},
        "garbage": {"userId": owner.id, "token": "not-a-token"},
        "other_token": {"userId": owner.id, "token": stranger.token},
        **{name: {"userId": who.id, "token": who.token} for name, who in people.items()},
    }
    dead = {"userId": out.id, "token": out.token}
    out.sign_out()
    world.liveroom["signed_out"] = dead
    world.callers["liveroom"] = with_bearer(owner.token)
    world.secrets |= {"liveroom_user": owner.id, "liveroom_token": owner.token}
    world.ids |= {
        "room": room.public_id,
        "key": room.key,
        "closing": closing.public_id,
        "member": member.user.public_id,
        "sung": posted.seq,
        "owner_id": owner.id,
    }


def _webhook(world: World, team: Team) -> None:
    endpoint, _secret = create_webhook(
        actor=TESTER, team=team, url="http://127.0.0.1:9/hook", description=f"{MARK} hook"
    )
    record(
        "session.tried", team_id=team.pk, subject_kind="session", subject_id=1, actor=TESTER,
        name=f"{MARK} event",
    )  # fmt: skip
    event = Event.objects.filter(team_id=team.pk).latest("id")
    delivery = WebhookDelivery.objects.create(endpoint=endpoint, event=event)
    world.ids |= {"webhook": endpoint.public_id, "delivery": delivery.pk}


def _people(world: World) -> None:
    """SealTalk: a group and the people around it."""
    names = ("owner", "member", "singer", "friend", "asker", "blocked", "stranger", "leaver")
    people = {
        name: UserFactory(
            username=None, name=f"{MARK} {name}", region="86", phone=f"1390000000{number}"
        )
        for number, name in enumerate(names)
    }
    owner = people["owner"]
    owner.set_password(PASSWORD)
    owner.save()
    for name in ("friend", "blocked"):
        _befriend(owner, people[name])
    social.block_person(actor=TESTER, user=owner, friend_id=people["blocked"].public_id)
    social.invite_friend(
        actor=TESTER, user=people["asker"], friend_id=owner.public_id, message="hello"
    )
    members = [people[name].public_id for name in ("owner", "member", "singer")]
    group = social.create_group(actor=TESTER, user=owner, name=f"{MARK} choir", member_ids=members)
    cookie = settings.LOGIN_COOKIE_NAME
    for name in names:
        login, key = start_login(user=people[name], device=Device("sealtalk", "10.0.0.1", "t"))
        world.callers[f"person:{name}"] = with_cookie(cookie, key)
        if name == "owner":
            world.secrets["login"] = issue_socket_token(login)
            world.callers["login_as_bearer"] = with_bearer(world.secrets["login"])
            over, dead = start_login(user=owner, device=Device("sealtalk", "10.0.0.1", "t"))
            end_login(over, actor=TESTER)
            world.callers["person:over"] = with_cookie(cookie, dead)
    User.objects.filter(pk=people["leaver"].pk).update(is_active=False)
    world.callers["person:garbage"] = with_cookie(cookie, "x" * 40)
    world.ids |= {
        "group": group.public_id,
        "upload": upload_token(owner),
        "password": PASSWORD,
        **{f"{name}_person": user.public_id for name, user in people.items()},
    }


def _befriend(user: User, friend: User) -> None:
    social.invite_friend(actor=TESTER, user=user, friend_id=friend.public_id, message="hello")
    social.accept_friend(actor=TESTER, user=friend, friend_id=user.public_id)


def _chatroom(world: World) -> None:
    known = register_chat_name(tel=13700000001, name="Zoe", password=PASSWORD)
    open_chat_room(name="LOBBY", actor=TESTER)
    world.secrets["chat_ticket"] = issue_chat_ticket(known)
    world.callers["chat_ticket"] = with_bearer(world.secrets["chat_ticket"])


def _moderation(world: World, team: Team) -> None:
    """What staff have to do with; every page of the console has a row."""
    message = Message.objects.filter(conversation__team=team).latest("id")
    Mute.objects.create(
        conversation=message.conversation, sender_key="x", sender_name=f"{MARK} loud"
    )
    Report.objects.create(message=message, reporter_key="x", reason=f"{MARK} was rude")
    BlockedWord.objects.create(team=team, word=f"{MARK} word")
    phone = {"region": "86", "phone": "13900000000"}
    PhoneCode.objects.create(**phone, code_mac="x")
    OutboxMessage.objects.create(**phone, text=f"{MARK} code")
    owner = User.objects.get(public_id=world.ids["owner_person"])
    live.reserve_room_id(owner)


def _staff(world: World, ours: Team, theirs: Team) -> None:
    people = {
        "no_rights": create_user_of_staff(actor=TESTER, username="no_rights"),
        "their_staff": create_user_of_staff(actor=TESTER, username="their_staff", team=theirs),
        "our_staff": create_user_of_staff(actor=TESTER, username="our_staff", team=ours),
        "root": create_user_of_staff(actor=TESTER, username="root", is_superuser=True),
    }
    people["no_rights"].groups.clear()
    TeamMembership.objects.create(team=ours, user=people["no_rights"])
    for name in ("our_staff", "their_staff"):
        world.secrets[name] = issue_staff_ticket(people[name])
    person = UserFactory(username="no_staff")
    for name, user in {**people, "no_staff": person}.items():
        client = Client()
        client.force_login(user)
        world.callers[name] = with_cookie(
            settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value
        )
