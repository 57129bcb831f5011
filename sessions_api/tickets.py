"""Tickets: what a participant shows other services instead of the secret that lets them in."""

from uuid import UUID

from django.conf import settings
from django.core import signing

from rtcserver.ids import parse_uuid
from sessions_api.models import Participant

_SALT = "sessions_api.ticket"


def issue_ticket(participant: Participant) -> str:
    """A signed statement of who they are, good for RTC_TICKET_SECONDS."""
    return signing.TimestampSigner(salt=_SALT).sign(str(participant.peer_id))


def peer_id_of(ticket: str) -> UUID | None:
    """The participant a ticket was issued to; None if it is forged or has run out.

    Whether they may still take part is for the reader to ask: a ticket is not a right.
    """
    signer = signing.TimestampSigner(salt=_SALT)
    try:
        return parse_uuid(signer.unsign(ticket, max_age=settings.TICKET_SECONDS))
    except signing.BadSignature:
        return None
