"""What a call socket makes of announcements (sessions_api/services/entries.py says of what)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rtcserver.bus import Announcement, bus
from rtcserver.sockets import Code, frames
from sessions_api import services

if TYPE_CHECKING:
    from sessions_api.consumers.call import CallSocket

Message = dict[str, Any]
CLOSED = {"own": Code.NORMAL, "canceled": Code.ENDED, "ended": Code.ENDED}


def heard(socket: "CallSocket", announcement: Announcement) -> None:
    """Must not wait and must not raise."""
    if act := _HEARD.get(announcement.message["type"]):
        act(socket, announcement)


def _replaced(socket: "CallSocket", announcement: Announcement) -> None:
    if announcement.message["connection_id"] == socket.connection_id:
        socket.over("taken_over", Code.TAKEN_OVER)


def _changed(socket: "CallSocket", announcement: Announcement) -> None:
    socket.refresh()


def _refused(socket: "CallSocket", announcement: Announcement) -> None:
    socket.over("refused", Code.FORBIDDEN)


def _ejected(socket: "CallSocket", announcement: Announcement) -> None:
    socket.over("ejected", Code.FORBIDDEN)


def _closed(socket: "CallSocket", announcement: Announcement) -> None:
    reason = announcement.message["reason"]
    if reason in CLOSED:
        socket.over(reason, CLOSED[reason])
    else:
        socket.lost()


def _listed(socket: "CallSocket", announcement: Announcement) -> None:
    if socket.is_inside:
        socket.write(announcement.rendered(_list_frame))
        if announcement.message["change"] in ("joined", "updated") and socket.shown_media:
            _show_media_to(socket, announcement.message["people"])


def _waiting(socket: "CallSocket", announcement: Announcement) -> None:
    if socket.situation and socket.situation.may_decide:
        socket.write(announcement.rendered(_list_frame))


def _sign(socket: "CallSocket", announcement: Announcement) -> None:
    """A frame from another page, as it is."""
    if socket.is_inside:
        socket.write(announcement.rendered(_sign_frame))


def _show_media_to(socket: "CallSocket", people: list[Message]) -> None:
    """Whoever comes, or comes back, learns what those inside show already."""
    mine = str(socket.person.peer_id) if socket.person else ""
    for person in people:
        if person["peer_id"] != mine and person["is_connected"]:
            frame = {"op": "media", "from": mine, **socket.shown_media}
            topic = services.peer_topic(UUID(person["peer_id"]))
            bus.announce(topic, {"type": "call.sign", "frame": frame})


def _list_frame(message: Message) -> str:
    name = message["type"].partition(".")[2]
    return frames.encode(name, change=message["change"], people=message["people"])


def _sign_frame(message: Message) -> str:
    return frames.encode(**message["frame"])


_HEARD: dict[str, Callable[["CallSocket", Announcement], None]] = {
    "participant.replaced": _replaced,
    "participant.admitted": _changed,
    "participant.updated": _changed,
    "participant.refused": _refused,
    "participant.ejected": _ejected,
    "participant.closed": _closed,
    "call.roster": _listed,
    "call.waiting": _waiting,
    "call.media": _changed,
    "call.moved": _changed,
    "call.closed": _closed,
    "call.sign": _sign,
}
