"""How long entries are kept."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chat.models import Message
from chat.services.appending import locked_conversations

BATCH = 1000
MOST_BATCHES = 20  # at most, then other sweeps get their turn


def sweep_history() -> int:
    """Delete entries older than RTC_CHAT_HISTORY_DAYS, oldest first; returns how many.

    A conversation keeps its numbers: `first_seq` moves up.
    """
    if not settings.CHAT_HISTORY_DAYS:
        return 0
    gone = 0
    for _batch in range(MOST_BATCHES):
        found, deleted = _delete_oldest()
        gone += deleted
        if found < BATCH:
            break
    return gone


@transaction.atomic
def _delete_oldest() -> tuple[int, int]:
    """How many of the oldest entries are over age, and how many went.

    Ids are in the order of a conversation's numbers, and nearly in that of time.
    """
    limit = timezone.now() - timedelta(days=settings.CHAT_HISTORY_DAYS)
    oldest = Message.objects.order_by("id").values_list("conversation", "seq", "created_at")
    over = [(pk, seq) for pk, seq, created_at in oldest[:BATCH] if created_at < limit]
    last = dict(over)  # of each conversation, the last one that goes
    deleted = 0
    for pk, conversation in locked_conversations(last).items():
        rows = conversation.messages.filter(seq__lte=last[pk])
        deleted += rows.delete()[0]
        conversation.first_seq = max(conversation.first_seq, last[pk] + 1)
        conversation.save(update_fields=["first_seq"])
    return len(over), deleted
