"""What a client of the native protocol can ask for, by the name of the operation.

Each function reads its frame, calls the domain and answers; refusals travel up as exceptions
(chat/consumers/native.py).
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from accounts.models import User
from chat import notices, rosters
from chat.consumers.subscribing import signs_topic, subscribe, target_of, unsubscribe
from chat.entries import shown_key
from chat.finding import find_conversation
from chat.frames import fitting
from chat.models import Conversation
from chat.outbox import outbox
from chat.reading import Page, conversations_of, entries_before, unread_counts
from chat.services import (
    Draft,
    Posted,
    Speaker,
    SpeakerKind,
    delete,
    edit,
    mark_read,
    open_conversations,
    recall,
    report,
    require_reader,
    require_writer,
)
from rtcserver.bus import bus
from rtcserver.dates import iso_date
from rtcserver.events import Actor
from rtcserver.sockets import domain, frames
from rtcserver.sockets.frames import BadFrame, Frame, Ref

if TYPE_CHECKING:
    from chat.consumers.native import ChatSocket

Operation = Callable[["ChatSocket", Frame, Ref], Awaitable[None]]

PAGE, MOST = 50, 200
CURSOR_LENGTH = 64
ACTORS = {SpeakerKind.CLIENT: "api_client", SpeakerKind.PARTICIPANT: "participant"}


async def send(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Store a message; `sent` says where it stands, also when it was sent before."""
    conversation = await _conversation(socket, frame)
    draft = Draft(
        conversation_id=conversation.pk,
        speaker=socket.speaker,
        body=_body(frame),
        type=frames.optional_text(frame, "type", most=32) or "text",
        client_id=frames.optional_text(frame, "id"),
    )
    _answer_posted(socket, "sent", ref, conversation, await outbox.post(draft), id=draft.client_id)


async def change(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Replace the body of one's own message."""
    conversation = await _conversation(socket, frame)
    posted = await domain(
        edit,
        conversation_id=conversation.pk,
        seq=frames.number_in(frame, "seq", least=1),
        speaker=socket.speaker,
        body=_body(frame),
        client_id=frames.optional_text(frame, "id"),
    )
    _answer_posted(socket, "edited", ref, conversation, posted)


async def take_back(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    conversation = await _conversation(socket, frame)
    seq = frames.number_in(frame, "seq", least=1)
    posted = await domain(recall, conversation_id=conversation.pk, seq=seq, speaker=socket.speaker)
    _answer_posted(socket, "recalled", ref, conversation, posted)


async def remove(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Delete anybody's message: for those in charge."""
    conversation = await _conversation(socket, frame)
    posted = await domain(
        delete,
        conversation_id=conversation.pk,
        seq=frames.number_in(frame, "seq", least=1),
        speaker=socket.speaker,
        actor=actor_of(socket.speaker),
    )
    _answer_posted(socket, "deleted", ref, conversation, posted)


async def history(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Entries before a number (none: the latest), in ascending order."""
    conversation = await _conversation(socket, frame)
    before = frames.optional_number(frame, "before", least=1)
    page = await domain(_page, conversation, socket.speaker, before, _limit(frame))
    entries = fitting(page.entries)
    more = page.more or len(entries) < len(page.entries)
    name = conversation.public_id
    socket.answer("history", ref, conversation=name, entries=entries, more=more)


async def read(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Move one's read position; the other devices and members are told."""
    conversation = await _conversation(socket, frame)
    seq = frames.number_in(frame, "seq")
    moved = await domain(mark_read, conversation=conversation, reader=socket.speaker, seq=seq)
    if moved:
        sign(conversation, "read", who=shown_key(socket.speaker.key), seq=moved)
    socket.answer("done", ref)


async def typing(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Tell the others; nothing is kept, and nothing but a refusal is answered."""
    on = frames.flag_in(frame, "on")
    name = frames.text_in(frame, "conversation")
    if name not in socket.subscriptions:
        raise BadFrame("not_subscribed", "Subscribe to the conversation first.")
    conversation, _stream = socket.subscriptions[name]
    if conversation.first_id:  # of a pair; friends block each other, and are not even seen then
        await domain(require_writer, conversation=conversation, speaker=socket.speaker)
    sign(conversation, "typing", who=shown_key(socket.speaker.key), name=socket.speaker.name, on=on)


async def listing(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """A person's conversations, the last active first."""
    if socket.speaker.kind is not SpeakerKind.PERSON:
        raise BadFrame("bad_op", "Only people have a list of conversations.")
    cursor = frames.optional_text(frame, "cursor", most=CURSOR_LENGTH)
    try:
        listed = await domain(_list, socket.speaker, cursor, _limit(frame))
    except ValueError:
        raise BadFrame("bad_field", "cursor was never handed out.") from None
    socket.answer("list", ref, conversations=listed.conversations, cursor=listed.cursor)


async def unread(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """How much is unread in the conversations that are subscribed to; 100 stands for more."""
    open_ones = {c.pk: name for name, (c, _stream) in socket.subscriptions.items()}
    counts = await domain(unread_counts, socket.speaker.key, list(open_ones))
    socket.answer("unread", ref, counts={open_ones[pk]: count for pk, count in counts.items()})


async def members(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    conversation = await _conversation(socket, frame)
    after = frames.optional_number(frame, "after") or 0
    page = await domain(_members, conversation, socket.speaker, after, _limit(frame))
    socket.answer("members", ref, conversation=conversation.public_id, **page)


async def complain(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Ask staff to look at a message."""
    conversation = await _conversation(socket, frame)
    await domain(
        report,
        conversation_id=conversation.pk,
        seq=frames.number_in(frame, "seq", least=1),
        speaker=socket.speaker,
        actor=actor_of(socket.speaker),
        reason=frames.optional_text(frame, "reason", most=500) or "",
    )
    socket.answer("done", ref)


async def seen(socket: "ChatSocket", frame: Frame, ref: Ref) -> None:
    """Notifications up to this one need not come again."""
    event_id = frames.number_in(frame, "notification", least=1)
    if user_id := socket.speaker.user_id:
        await domain(notices.acknowledge, user_id, event_id)
    socket.answer("done", ref)


def sign(conversation: Conversation, op: str, **facts: Any) -> None:
    """Tell the readers of a conversation something that is not kept."""
    shown = {"op": op, "conversation": conversation.public_id, **facts}
    bus.announce(signs_topic(conversation), {"type": "chat.sign", "frame": shown})


def actor_of(speaker: Speaker) -> Actor:
    kind, _colon, name = speaker.key.partition(":")
    return Actor(ACTORS.get(speaker.kind, kind), name, "chat")


def _list(speaker: Speaker, cursor: str | None, limit: int) -> Any:
    user = User.objects.get(pk=speaker.user_id)
    if cursor is None:
        open_conversations(user)
    return conversations_of(user, cursor=cursor, limit=limit)


def _page(conversation: Conversation, speaker: Speaker, before: int | None, limit: int) -> Page:
    require_reader(conversation=conversation, speaker=speaker)
    return entries_before(conversation, before, limit)


def _members(
    conversation: Conversation, speaker: Speaker, after: int, limit: int
) -> dict[str, Any]:
    require_reader(conversation=conversation, speaker=speaker)
    return rosters.members_of(conversation, after=after, limit=limit)


async def _conversation(socket: "ChatSocket", frame: Frame) -> Conversation:
    """The subscribed one, whose rights are asked for by what is done next; or any other that may
    be read.
    """
    by, value = target_of(frame)
    if value in socket.subscriptions:
        return socket.subscriptions[value][0]
    return await domain(find_conversation, socket.speaker, by, value)


def _body(frame: Frame) -> Any:
    if "body" not in frame:
        raise BadFrame("bad_field", "body is missing.")
    return frame["body"]


def _limit(frame: Frame) -> int:
    return frames.optional_number(frame, "limit", least=1, most=MOST) or PAGE


def _answer_posted(
    socket: "ChatSocket", op: str, ref: Ref, conversation: Conversation, posted: Posted, **more: Any
) -> None:
    socket.answer(
        op,
        ref,
        conversation=conversation.public_id,
        seq=posted.seq,
        time=iso_date(posted.created_at),
        **more,
    )


BY_NAME: dict[str, Operation] = {
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "send": send,
    "edit": change,
    "recall": take_back,
    "delete": remove,
    "history": history,
    "read": read,
    "typing": typing,
    "list": listing,
    "unread": unread,
    "members": members,
    "report": complain,
    "seen": seen,
}
LOOKING = frozenset({"subscribe", "unsubscribe", "history", "members"})  # what only reads
