"""Credentials and ways for sound and pictures: for people inside, and for nobody else."""

import base64
import hashlib
import hmac
import json
import socket
import time
from datetime import timedelta

import pytest
import time_machine
from django.core.checks import run_checks
from django.utils import timezone

from sessions_api import services
from sessions_api.errors import CallFull, NotInside
from sessions_api.models import CallEntry
from tests.conftest import TESTER
from tests.factories import SessionFactory
from tests.fakes import LiveKitServer
from tests.sessions_api.people import (
    admitted,
    come,
    connection_of,
    guest_of,
    host_of,
    inside,
    running_session,
    state_of,
    stays,
)


@pytest.fixture
def turn(settings):
    settings.STUN_URLS = ["stun:turn.example.com"]
    settings.TURN_URLS = ["turn:turn.example.com", "turns:turn.example.com?transport=tcp"]
    settings.TURN_SECRET = "shared with coturn"


class TestTurn:
    def test_a_credential_is_what_coturn_computes(self, session, turn, settings):
        host = inside(session)
        with time_machine.travel(1_800_000_000, tick=False):
            access = services.media_access(host)
        stun, relay = access["ice_servers"]
        assert stun == {"urls": ["stun:turn.example.com"]}
        assert relay["urls"] == settings.TURN_URLS
        assert relay["username"] == f"1800000060:{host.peer_id}"
        expected = hmac.new(b"shared with coturn", relay["username"].encode(), "sha1").digest()
        assert relay["credential"] == base64.b64encode(expected).decode()
        assert access["ice_expires_at"] == 1_800_000_060

    def test_only_people_inside_get_one(self, session, turn):
        waiting, ejected, gone = guest_of(session), admitted(session), inside(session)
        never, canceled = guest_of(session), admitted(session)
        come(waiting)
        services.eject(ejected, actor=TESTER)
        services.leave(gone, connection_id=connection_of(gone))
        services.cancel_participant(canceled, actor=TESTER)
        for person in (waiting, ejected, gone, never, canceled):
            with pytest.raises(NotInside):
                services.media_access(person)

    def test_nothing_is_given_where_nothing_is_set(self, session):
        access = services.media_access(inside(session))
        assert access == {"backend": "p2p", "ice_servers": [], "ice_expires_at": None}

    def test_servers_without_a_secret_are_refused_at_the_start(self, settings):
        settings.TURN_URLS = ["turn:turn.example.com"]
        assert "rtc.E040" in {fault.id for fault in run_checks()}
        settings.TURN_SECRET = "x"
        assert "rtc.E040" not in {fault.id for fault in run_checks()}


class TestChoice:
    @pytest.fixture(autouse=True)
    def small_mesh(self, settings):
        settings.MEDIA_BACKEND, settings.MESH_LIMIT = "janus", 2
        settings.JANUS_URL = "ws://127.0.0.1:8188"

    def backend_of(self, person):
        return services.media_access(person)["backend"]

    def test_a_call_beyond_the_mesh_goes_through_the_server_until_it_is_empty(self, session):
        people = [inside(session), inside(session)]
        assert self.backend_of(people[0]) == "p2p"
        people.append(inside(session))
        assert {self.backend_of(person) for person in people} == {"janus"}
        for person in people[1:]:
            services.leave(person, connection_id=connection_of(person))
        assert self.backend_of(people[0]) == "janus"
        services.leave(people[0], connection_id=connection_of(people[0]))
        come(people[0], "again")
        assert self.backend_of(people[0]) == "p2p"

    def test_a_sessions_own_route_counts_more(self, db):
        relayed = running_session(route="relay")
        assert self.backend_of(inside(relayed)) == "janus"
        meshed = running_session(route="peers")
        people = [inside(meshed) for _ in range(2)]
        assert self.backend_of(people[0]) == "p2p"


@pytest.mark.django_db
class TestFull:
    """Between the people no more can be inside than RTC_MESH_LIMIT."""

    @pytest.fixture(autouse=True)
    def small_mesh(self, settings):
        settings.MESH_LIMIT = 2

    def test_the_next_person_is_turned_away_until_somebody_leaves(self, session):
        first = inside(session)
        inside(session)
        late = host_of(session)
        with pytest.raises(CallFull):
            come(late)
        assert stays(late) == []
        assert come(first, "again") == "inside"
        services.leave(first, connection_id=connection_of(first, "again"))
        assert come(late) == "inside"

    def test_guests_wait_all_the_same_and_are_admitted_as_far_as_there_are_places(self, session):
        host = inside(session)
        guests = [guest_of(session) for _ in range(3)]
        assert [come(guest) for guest in guests] == ["waiting"] * 3
        assert services.admit_all(session, actor=TESTER, by=host) == 1
        assert [state_of(guest) for guest in guests] == ["inside", "waiting", "waiting"]
        for act in (
            lambda: services.admit(guests[1], actor=TESTER, by=host),
            lambda: services.admit_all(session, actor=TESTER),
        ):
            with pytest.raises(CallFull):
                act()
        assert services.admit(guests[0], actor=TESTER).state == "inside"
        services.eject(guests[0], actor=TESTER)
        assert services.admit(guests[1], actor=TESTER).state == "inside"

    def test_hosts_who_came_early_come_in_as_far_as_there_are_places(self, db):
        soon = SessionFactory(starts_at=timezone.now() + timedelta(minutes=1))
        hosts = [host_of(soon) for _ in range(3)]
        assert [come(host) for host in hosts] == ["waiting"] * 3
        with time_machine.travel(soon.starts_at, tick=False):
            CallEntry.across_teams.update(alive_until=soon.starts_at + timedelta(minutes=1))
            services.settle(soon)
            assert [state_of(host) for host in hosts] == ["inside", "inside", "waiting"]
            with pytest.raises(CallFull):
                come(hosts[2], "again")

    def test_a_media_server_or_its_lack_on_the_sessions_route_decides(self, db, settings):
        settings.MEDIA_BACKEND, settings.JANUS_URL = "janus", "ws://127.0.0.1:1"
        many = running_session()
        assert [come(host_of(many)) for _ in range(4)] == ["inside"] * 4
        meshed = running_session(route="peers")
        inside(meshed), inside(meshed)
        with pytest.raises(CallFull):
            come(host_of(meshed))


SECRET = "a secret of thirty-two characters"


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims, secret=SECRET, alg="HS256"):
    """A JWT made by hand, as a LiveKit server makes them."""
    parts = [unpadded(json.dumps(part).encode()) for part in ({"alg": alg}, claims)]
    mac = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, unpadded(mac)])


def claims_of(token):
    head, claims, mac = token.split(".")
    expected = hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert mac == unpadded(expected)
    return json.loads(base64.urlsafe_b64decode(claims + "=="))


@pytest.fixture
def livekit(settings):
    server = LiveKitServer()
    settings.MEDIA_BACKEND, settings.MESH_LIMIT = "livekit", 1
    settings.LIVEKIT_URL = server.url
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = "API", SECRET
    yield server
    server.close()


@pytest.mark.django_db(transaction=True)
class TestLiveKit:
    def test_a_token_opens_this_room_for_this_person_for_minutes(self, session, livekit):
        inside(session)
        guest = admitted(session)
        access = services.media_access(guest)
        assert (access["backend"], access["url"]) == ("livekit", livekit.url)
        claims = claims_of(access["token"])
        assert (claims["iss"], claims["sub"]) == ("API", str(guest.peer_id))
        assert claims["name"] == guest.display_name
        assert claims["exp"] - time.time() < 301
        assert claims["video"] == {
            "room": str(session.public_id),
            "roomJoin": True,
            "canPublish": True,
            "canPublishData": True,
            "canSubscribe": True,
        }
        assert str(guest.public_id) not in json.dumps(claims)

    def test_who_may_only_watch_cannot_publish(self, session, livekit):
        inside(session)
        watcher = inside(session)
        watcher.can_publish = False
        watcher.save()
        video = claims_of(services.media_access(watcher)["token"])["video"]
        assert (video["canPublish"], video["canSubscribe"]) == (False, True)

    def test_who_is_put_out_is_removed_there(self, session, livekit):
        inside(session)
        guest = admitted(session)
        services.eject(guest, actor=TESTER)
        method, token, body = livekit.calls.get(timeout=5)
        assert method == "RemoveParticipant"
        assert body == {"room": str(session.public_id), "identity": str(guest.peer_id)}
        assert claims_of(token)["video"] == {"roomAdmin": True, "room": str(session.public_id)}

    def test_the_room_ends_with_the_session(self, session, livekit):
        inside(session)
        inside(session)
        services.end_session(session, actor=TESTER)
        method, _token, body = livekit.calls.get(timeout=5)
        assert (method, body) == ("DeleteRoom", {"room": str(session.public_id)})

    def test_a_server_that_is_away_keeps_nobody_inside(self, session, livekit, caplog):
        inside(session)
        for status in (500, None):
            guest = admitted(session)
            livekit.status = status or 200
            if status is None:
                livekit.close()
            services.eject(guest, actor=TESTER)
            with pytest.raises(NotInside):
                services.media_access(guest)
        deadline = time.monotonic() + 5
        while caplog.text.count("Media server: ") < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert caplog.text.count("Media server: ") == 2


@pytest.mark.django_db(transaction=True)
class TestAServerThatHangs:
    @pytest.fixture(autouse=True)
    def hung_janus(self, settings):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            settings.MEDIA_BACKEND = "janus"
            settings.JANUS_URL = f"ws://127.0.0.1:{listening.getsockname()[1]}"
            yield

    def test_holds_up_nobody(self, db):
        session = running_session(route="relay")
        people = [inside(session) for _ in range(6)]
        began = time.monotonic()
        services.eject(people[0], actor=TESTER)
        services.withdraw_session(session, actor=TESTER)
        assert time.monotonic() - began < 1


class TestWebhook:
    def body(self, session, person, event="participant_joined"):
        room, joined = {"name": str(session.public_id)}, {"identity": str(person.peer_id)}
        return json.dumps({"event": event, "room": room, "participant": joined})

    def claims(self, body, **changes):
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        return {"iss": "API", "exp": int(time.time()) + 60, "sha256": digest} | changes

    def post(self, client, body, token):
        return client.post(
            "/livekit/webhook",
            body,
            content_type="application/webhook+json",
            headers={"Authorization": token},
        )

    @pytest.mark.django_db(transaction=True)
    def test_a_token_that_outlived_its_stay_lets_nobody_back(self, client, session, livekit):
        host = inside(session)
        guest = admitted(session)
        services.eject(guest, actor=TESTER)
        livekit.calls.get(timeout=5)
        for person in (host, guest):
            body = self.body(session, person)
            answer = self.post(client, body, signed(self.claims(body)))
            assert (answer.status_code, answer.json()) == (200, {"ok": True})
        assert livekit.calls.get(timeout=5)[2]["identity"] == str(guest.peer_id)
        assert livekit.calls.empty()

    @pytest.mark.django_db(transaction=True)
    def test_nor_when_the_call_is_over(self, client, session, livekit):
        inside(session)
        guest = admitted(session)
        services.end_session(session, actor=TESTER)
        livekit.calls.get(timeout=5)
        body = self.body(session, guest)
        self.post(client, body, signed(self.claims(body)))
        assert livekit.calls.get(timeout=5)[0] == "RemoveParticipant"

    def test_what_is_not_signed_for_this_body_is_refused(self, client, session, livekit):
        guest = guest_of(session)
        body = self.body(session, guest)
        good = self.claims(body)
        for token in (
            "",
            "x",
            "a.b.c",
            signed(good, secret="another secret of many characters"),
            signed(good | {"iss": "other"}),
            signed(good | {"exp": int(time.time()) - 3600}),
            signed({name: good[name] for name in ("iss", "sha256")}),
            signed({name: good[name] for name in ("iss", "exp")}),
            signed(self.claims(body + " ")),
            signed(good, alg="none"),
            signed([1]),
        ):
            answer = self.post(client, body, token)
            assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})
        assert livekit.calls.empty()

    @pytest.mark.parametrize("body", ["", "x", "[]", "{}", '{"event": 5}', "[" * 20_000])
    @pytest.mark.parametrize("lead", ["", "Bearer "])
    def test_odd_bodies_break_nothing(self, client, db, livekit, body, lead):
        answer = self.post(client, body, lead + signed(self.claims(body)))
        assert answer.status_code in (200, 401)

    @pytest.mark.parametrize("part", [None, "x", {"name": 5}, {"name": "x"}])
    def test_odd_rooms_break_nothing(self, client, db, livekit, part):
        event = {"event": "participant_joined", "room": part, "participant": part}
        body = json.dumps(event)
        assert self.post(client, body, signed(self.claims(body))).status_code == 200

    def test_is_not_there_without_livekit(self, client, db):
        assert self.post(client, "{}", "").status_code == 404
