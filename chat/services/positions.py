"""How far somebody has read."""

from django.db import transaction

from chat.models import Conversation, ReadPosition
from chat.services.access import require_reader
from chat.services.speakers import Speaker


@transaction.atomic
def mark_read(*, conversation: Conversation, reader: Speaker, seq: int) -> int:
    """Note that everything up to `seq` was read; returns the new position, 0 if it did not move.

    A position never moves back, nor beyond the last entry. Raises UnknownConversation.
    """
    require_reader(conversation=conversation, speaker=reader)
    ends = Conversation.across_teams.filter(pk=conversation.pk)
    seq = min(seq, ends.values_list("last_seq", flat=True).get())
    if seq < 1:
        return 0
    mine = ReadPosition.objects.filter(conversation=conversation, reader_key=reader.key)
    if mine.filter(seq__lt=seq).update(seq=seq):
        return seq
    _row, is_new = mine.get_or_create(
        conversation=conversation, reader_key=reader.key, defaults={"seq": seq}
    )
    # Made by another device meanwhile, it may be behind.
    return seq if is_new or mine.filter(seq__lt=seq).update(seq=seq) else 0
