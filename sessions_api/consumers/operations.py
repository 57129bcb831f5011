"""What the page of a call can ask for, by the name of the operation.

Each function reads its frame, calls the domain and answers; refusals travel up as exceptions
(sessions_api/consumers/call.py).
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import Error

from rtcserver.bus import bus
from rtcserver.sockets import Closed, Code, domain, frames
from rtcserver.sockets.frames import Frame, Ref
from sessions_api import services
from sessions_api.consumers.here import here
from sessions_api.consumers.situation import media_of
from sessions_api.errors import MayNotPublish, NotInside
from sessions_api.frames import peer_in, sends_media, side_in, signal_in
from sessions_api.models import Participant
from sessions_api.tickets import issue_ticket

if TYPE_CHECKING:
    from sessions_api.consumers.call import CallSocket

Operation = Callable[["CallSocket", Frame, Ref], Awaitable[None]]
Decision = Callable[..., Any]
SHOWN = ("muted", "camera", "sharing")
SERVER = "server"  # the media server, as pages address it


async def sync(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    """Tell everything again: what was announced may have been lost."""
    await socket.show_situation(again=True)
    socket.answer("done", ref)


async def leave(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    """Go for good; a connection that only breaks keeps the person's place for a lease."""
    here.remove(socket)
    socket.leave(services.participant_topic(_person(socket)))  # which tells of leaving, too
    try:
        await domain(services.leave, _person(socket), connection_id=socket.connection_id)
    except Error:
        here.add(socket)  # to be taken for a connection that broke
        raise Closed(Code.RESUME, "unavailable, resume") from None
    socket.answer("done", ref)
    socket.end(Code.NORMAL, "left")


async def signal(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    """Pass what one page says to another of the same call, or to the media server.

    Nothing is answered.
    """
    person, told = _inside(socket), signal_in(frame)
    is_for_server = frame.get("to") == SERVER
    if is_for_server:
        told |= side_in(frame)
    if not person.can_publish and sends_media(told):
        raise MayNotPublish("You only see and hear this call.")
    if is_for_server:
        await domain(services.require_relayed, person, connection_id=socket.connection_id)
        return socket.line.say(told)
    to = peer_in(frame, "to")
    await domain(
        services.require_both_inside, person, connection_id=socket.connection_id, peer_id=to
    )
    _sign(services.peer_topic(to), {"op": "signal", "from": str(person.peer_id), **told})
    return None


async def media(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    """Show the others what one sends: `muted`, `camera`, `sharing`."""
    person = _inside(socket)
    shown = {name: frames.flag_in(frame, name) for name in SHOWN}
    await domain(
        services.require_both_inside,
        person,
        connection_id=socket.connection_id,
        peer_id=person.peer_id,
    )
    socket.shown_media = shown
    topic = services.call_topic(person.session)
    _sign(topic, {"op": "media", "from": str(person.peer_id), **shown})


async def ice(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    """The way to the others with fresh credentials: before every ICE restart."""
    socket.answer("ice", ref, media=await domain(media_of, _inside(socket)))


async def ticket(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    """For `/ws/chat`: `{"op": "auth", "ticket": ...}`."""
    socket.answer("ticket", ref, ticket=issue_ticket(_inside(socket)))


async def admit(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    await _decide(socket, frame, ref, services.admit)


async def refuse(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    await _decide(socket, frame, ref, services.refuse)


async def eject(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    await _decide(socket, frame, ref, services.eject)


async def admit_all(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    person = _inside(socket)
    actor = services.as_actor(person)
    count = await domain(services.admit_all, person.session, actor=actor, by=person)
    socket.answer("done", ref, count=count)


async def mute(socket: "CallSocket", frame: Frame, ref: Ref) -> None:
    """A host asks somebody's page to be silent; its person may speak again."""
    person, to = _inside(socket), peer_in(frame, "peer")
    await domain(services.require_host, person.session, person)
    await domain(
        services.require_both_inside, person, connection_id=socket.connection_id, peer_id=to
    )
    _sign(services.peer_topic(to), {"op": "mute", "from": str(person.peer_id)})
    socket.answer("done", ref)


async def _decide(socket: "CallSocket", frame: Frame, ref: Ref, decision: Decision) -> None:
    await domain(_decided, _inside(socket), peer_in(frame, "peer"), decision)
    socket.answer("done", ref)


def _decided(person: Participant, peer_id: UUID, decision: Decision) -> None:
    about = services.peer(person.session, peer_id)
    decision(about, actor=services.as_actor(person), by=person)


def _sign(topic: str, frame: Frame) -> None:
    bus.announce(topic, {"type": "call.sign", "frame": frame})


def _person(socket: "CallSocket") -> Participant:
    if socket.person is None:
        raise NotInside("You are not in the call.")
    return socket.person


def _inside(socket: "CallSocket") -> Participant:
    """Raises NotInside: those who wait have nothing to say to the call."""
    if not socket.is_inside:
        raise NotInside("You are not in the call.")
    return _person(socket)


BY_NAME: dict[str, Operation] = {
    "sync": sync,
    "leave": leave,
    "signal": signal,
    "media": media,
    "ice": ice,
    "ticket": ticket,
    "admit": admit,
    "admit_all": admit_all,
    "refuse": refuse,
    "eject": eject,
    "mute": mute,
}
