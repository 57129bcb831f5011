"""What becomes of a removed person's words, and what is kept of one."""

from typing import Any

from accounts.models import User
from chat.models import Message, Mute, ReadPosition, Report
from chat.services.speakers import Speaker
from rtcserver.dates import iso_date
from rtcserver.events import Actor


def forget_person(user: User, *, actor: Actor) -> None:
    """Take name and picture off the person's messages; what was said stays with the others.

    Runs in the transaction that removes the person, after rooms and friends have let go of them:
    whatever they were just saying is either stored by now or refused. The conversations are not
    held, because a speaker who holds one may be waiting for rows that this transaction changed.
    """
    key = Speaker.person(user).key
    mine = Message.objects.select_for_update(no_key=True).filter(sender_key=key).order_by("id")
    for _row in mine.values_list("pk").iterator():  # held in one order, like those of an edit
        pass
    Message.objects.filter(sender_key=key).update(sender_name="", sender_picture="")
    Mute.objects.filter(sender_key=key).update(sender_name="")
    ReadPosition.objects.filter(reader_key=key).delete()


def export_person(user: User) -> dict[str, Any]:
    """What chat keeps about a person, JSON-able."""
    key = Speaker.person(user).key
    sent = Message.objects.filter(sender_key=key).order_by("id").select_related("conversation")
    reports = Report.objects.filter(reporter_key=key).order_by("id")
    return {
        "messages": [
            {
                "conversation": message.conversation.public_id,
                "number": message.seq,
                "kind": message.kind,
                "type": message.type,
                "body": message.content,
                "sent": iso_date(message.created_at),
            }
            for message in sent
        ],
        "read": [
            {"conversation": public_id, "up_to": seq}
            for public_id, seq in ReadPosition.objects.filter(reader_key=key).values_list(
                "conversation__public_id", "seq"
            )
        ],
        "reports": [
            {"reason": row.reason, "state": row.state, "reported": iso_date(row.created_at)}
            for row in reports
        ],
    }
