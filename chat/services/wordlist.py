"""Keeping the list of blocked words."""

from django.db import IntegrityError, transaction

from chat.errors import WordTaken
from chat.models import BlockedWord
from chat.services.words import forget_words
from rtcserver.events import Actor, record


@transaction.atomic
def save_word(row: BlockedWord, *, actor: Actor) -> None:
    """Add or change a blocked word; every process knows it after some seconds.

    Raises WordTaken. Records `blocked_word.saved`.
    """
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise WordTaken("That word is on the list.") from None
    _tell("blocked_word.saved", row, actor)


@transaction.atomic
def remove_word(row: BlockedWord, *, actor: Actor) -> None:
    """Take a word off the list. Records `blocked_word.removed`."""
    _tell("blocked_word.removed", row, actor)
    row.delete()


def _tell(event_type: str, row: BlockedWord, actor: Actor) -> None:
    record(
        event_type,
        team_id=row.team_id,
        subject_kind="blocked_word",
        subject_id=row.pk,
        actor=actor,
        word=row.word,
        action=row.action,
    )
    transaction.on_commit(forget_words)
