"""Beginning and ending to hear a conversation."""

from typing import TYPE_CHECKING, Any

from chat.consumers.here import here
from chat.errors import UnknownConversation
from chat.finding import KINDS, find_conversation
from chat.frames import entries_frames
from chat.models import Conversation, ReadPosition
from chat.room_events import events_after, events_cursor
from chat.services import Speaker, rights_of
from chat.streams import streams
from rtcserver.sockets import domain, frames
from rtcserver.sockets.frames import BadFrame, Frame, Ref

if TYPE_CHECKING:
    from chat.consumers.native import ChatSocket

MAX_SUBSCRIPTIONS = 1_000


async def subscribe(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Hear a conversation: `subscribed`, then what is stored behind `since`, then what comes.

    The stream listens before the store is read, so nothing falls between the two.
    """
    by, value = target_of(frame)
    since = frames.optional_number(frame, "since")
    nothing_yet = frame.get("events") == ""  # as `subscribed` says while the log has nothing
    cursor = "" if nothing_yet else frames.optional_text(frame, "events")
    conversation = await domain(find_conversation, socket.speaker, by, value)
    name = conversation.public_id
    socket.drop(name)
    if len(socket.subscriptions) >= MAX_SUBSCRIPTIONS:
        raise BadFrame("too_many_subscriptions", f"At most {MAX_SUBSCRIPTIONS} at a time.")
    stream = await streams.hold(conversation)
    conversation = stream.conversation  # one row for all sockets of the process
    mine = socket.subscriptions[name] = (conversation, stream)

    def wanted() -> bool:
        return socket.subscriptions.get(name) is mine and not socket.is_over

    try:
        socket.join(signs_topic(conversation))
        if conversation.room:
            socket.join(conversation.room.topic)
        here.watch(conversation, socket)
        state = await domain(_state, conversation, socket.speaker, cursor)
        if not wanted():
            raise UnknownConversation("There is no such conversation.")
        last = max(stream.position, state.pop("last"))
        behind = last if since is None or since > last else since
        events = state.pop("missed")
        gap = since is not None and (since > last or since + 1 < state["first"])
        socket.answer("subscribed", ref, conversation=name, last=last, gap=gap, **state)
        for event in events:
            socket.write(frames.encode("event", room=state["room"], **event))
        await stream.attach(socket, entries_frames, since=behind, wanted=wanted)
    except BaseException:
        socket.drop(name)
        raise


async def unsubscribe(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    socket.drop(frames.text_in(frame, "conversation"))
    socket.answer("done", ref)


def target_of(frame: Frame) -> tuple[str, str]:
    """By what a frame names its conversation, and the value. Raises BadFrame."""
    given = [name for name in KINDS if name in frame]
    if len(given) != 1:
        raise BadFrame("bad_field", f"Give one of {', '.join(KINDS)}.")
    return given[0], frames.text_in(frame, given[0], most=128)


def signs_topic(conversation: Conversation) -> str:
    """Where typing and read positions are told."""
    return f"signs.{conversation.public_id}"


def leave_topics(socket: "ChatSocket", conversation: Conversation) -> None:
    socket.leave(signs_topic(conversation))
    if conversation.room:
        socket.leave(conversation.room.topic)


def _state(conversation: Conversation, speaker: Speaker, cursor: str | None) -> dict[str, Any]:
    rights = rights_of([(conversation, speaker)])
    if not rights.may_read(conversation, speaker):
        raise UnknownConversation("There is no such conversation.")
    fresh = Conversation.across_teams.get(pk=conversation.pk)
    mine = ReadPosition.objects.filter(conversation=conversation, reader_key=speaker.key)
    missed: list[dict[str, Any]] = []
    if cursor is None:
        cursor = events_cursor(conversation)
    else:
        try:
            missed, cursor = events_after(conversation, cursor)
        except ValueError:
            raise BadFrame("bad_field", "events was never handed out.") from None
    return {
        "first": fresh.first_seq,
        "last": fresh.last_seq,
        "read": mine.values_list("seq", flat=True).first() or 0,
        "inCharge": rights.is_in_charge(conversation, speaker),
        "room": conversation.room.public_id if conversation.room else None,
        "events": cursor,
        "missed": missed,
    }
