"""What those in charge do about conversations, and what others ask them to do."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chat.errors import BadDuration, MessageRemoved, ReportHandled, UnknownMessage, UnknownReport
from chat.models import Conversation, Message, Mute, Report
from chat.models.conversations import KEY_LENGTH
from chat.services.access import require_charge, require_reader
from chat.services.appending import locked_conversation
from chat.services.bodies import check_text
from chat.services.changes import delete
from chat.services.speakers import Speaker
from rtcserver.events import Actor, record

MAX_SLOW_MODE = 6 * 3600  # seconds
MAX_MUTE = 10 * 365 * 86_400
MAX_REASON = 500  # characters


@transaction.atomic
def mute(
    *,
    conversation_id: int,
    sender_key: str,
    speaker: Speaker,
    actor: Actor,
    seconds: int | None = None,
    name: str = "",
) -> Mute:
    """Keep a sender from writing in a conversation; muted again, the new time holds.

    Args:
        sender_key: As in the sender's messages.
        seconds: None: until unmuted.
        name: What those in charge see of the sender.

    Raises NotInCharge, UnknownConversation, BadDuration, BadMessage. Records `sender.muted`.
    """
    check_text(sender_key, KEY_LENGTH)
    if seconds is not None and not 0 < seconds <= MAX_MUTE:
        raise BadDuration(f"A mute lasts 1 to {MAX_MUTE} seconds.")
    conversation = locked_conversation(conversation_id)
    require_charge(conversation=conversation, speaker=speaker)
    now = timezone.now()
    until = None if seconds is None else now + timedelta(seconds=seconds)
    facts: dict[str, Any] = {"until": until, "created_at": now}
    if name:
        facts["sender_name"] = name[:256]
    kept, _is_new = Mute.objects.update_or_create(
        conversation=conversation, sender_key=sender_key, defaults=facts
    )
    conversation.has_mutes = True
    conversation.save(update_fields=["has_mutes"])
    _record("sender.muted", conversation, actor, sender=sender_key, seconds=seconds)
    return kept


@transaction.atomic
def unmute(*, conversation_id: int, sender_key: str, speaker: Speaker, actor: Actor) -> None:
    """Let a sender write again; who is not muted stays so.

    Raises NotInCharge, UnknownConversation, BadMessage. Records `sender.unmuted`.
    """
    check_text(sender_key, KEY_LENGTH)
    conversation = locked_conversation(conversation_id)
    require_charge(conversation=conversation, speaker=speaker)
    gone, _kinds = conversation.mutes.filter(sender_key=sender_key).delete()
    if gone:
        conversation.has_mutes = conversation.mutes.exists()
        conversation.save(update_fields=["has_mutes"])
        _record("sender.unmuted", conversation, actor, sender=sender_key)


@transaction.atomic
def set_slow_mode(*, conversation_id: int, seconds: int, speaker: Speaker, actor: Actor) -> None:
    """Let each sender write once in so many seconds; 0 ends it. Those in charge are free.

    Raises NotInCharge, UnknownConversation, BadDuration. Records `conversation.slowed`.
    """
    if not 0 <= seconds <= MAX_SLOW_MODE:
        raise BadDuration(f"Slow mode is 0 to {MAX_SLOW_MODE} seconds.")
    conversation = locked_conversation(conversation_id)
    require_charge(conversation=conversation, speaker=speaker)
    conversation.slow_mode_seconds = seconds
    conversation.save(update_fields=["slow_mode_seconds"])
    _record("conversation.slowed", conversation, actor, seconds=seconds)


@transaction.atomic
def set_only_hosts_write(
    *, conversation_id: int, only_hosts: bool, speaker: Speaker, actor: Actor
) -> None:
    """Let only those in charge write, or everybody again.

    Raises NotInCharge, UnknownConversation. Records `conversation.restricted`.
    """
    conversation = locked_conversation(conversation_id)
    require_charge(conversation=conversation, speaker=speaker)
    conversation.only_hosts_write = only_hosts
    conversation.save(update_fields=["only_hosts_write"])
    _record("conversation.restricted", conversation, actor, only_hosts=only_hosts)


@transaction.atomic
def report(
    *, conversation_id: int, seq: int, speaker: Speaker, actor: Actor, reason: str = ""
) -> Report:
    """Ask staff to look at a message; asked again while it is open, the first report stays.

    Args:
        reason: At most MAX_REASON characters.

    Raises UnknownConversation, UnknownMessage, MessageRemoved, BadMessage.
    Records `message.reported`.
    """
    check_text(reason, MAX_REASON)
    conversation = locked_conversation(conversation_id)
    require_reader(conversation=conversation, speaker=speaker)
    message = conversation.messages.said().filter(seq=seq).first()
    if message is None:
        raise UnknownMessage("There is no such message.")
    if message.removed_at is not None:
        raise MessageRemoved("The message was removed.")
    kept, is_new = Report.objects.get_or_create(
        message=message,
        reporter_key=speaker.key,
        state=Report.State.OPEN,
        defaults={"reason": reason},
    )
    if is_new:
        _record("message.reported", conversation, actor, seq=seq, reporter=speaker.key)
    return kept


@transaction.atomic
def handle_report(report: Report, outcome: Report.State, *, staff: User, actor: Actor) -> None:
    """Settle a report, and with it every other open report of the same message.

    Args:
        outcome: DISMISSED; DELETED removes the message; MUTED mutes its sender for good.

    Raises UnknownReport, ReportHandled, UnknownConversation (of a team that is not theirs).
    Records `report.handled`, and `message.deleted` or `sender.muted`.
    """
    message = Message.objects.filter(pk=report.message_id).first()
    if message is None:
        raise UnknownReport("The message is no longer kept.")
    conversation = locked_conversation(message.conversation_id)  # before its reports, as always
    reports = Report.objects.filter(message=message, state=Report.State.OPEN)
    if not reports.filter(pk=report.pk).exists():
        raise ReportHandled("The report was handled before.")
    speaker = Speaker.staff(staff)
    require_charge(conversation=conversation, speaker=speaker)
    reports.update(state=outcome, handled_by=staff, handled_at=timezone.now())
    _record("report.handled", conversation, actor, seq=message.seq, outcome=outcome.value)
    place: dict[str, Any] = {
        "conversation_id": conversation.pk,
        "speaker": speaker,
        "actor": actor,
    }
    if outcome == Report.State.DELETED and message.removed_at is None:
        delete(**place, seq=message.seq)
    elif outcome == Report.State.MUTED:
        mute(**place, sender_key=message.sender_key, name=message.sender_name)


def _record(event_type: str, conversation: Conversation, actor: Actor, **facts: Any) -> None:
    record(
        event_type,
        team_id=conversation.team_id,
        subject_kind="conversation",
        subject_id=conversation.public_id,
        actor=actor,
        **facts,
    )
