"""What a backend is."""

from dataclasses import dataclass, field
from typing import ClassVar
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Sms:
    """A text for one phone; `id` tells a gateway that a repetition is one."""

    region: str
    phone: str
    text: str = field(repr=False)
    id: str = field(default_factory=lambda: str(uuid4()))


class SmsNotSent(Exception):
    """The backend could not hand the message over; the text is a short reason without secrets."""


class SmsBackend:
    """Hands a message over, within a few seconds, or raises SmsNotSent."""

    # True: `send` only writes to our database and belongs into the caller's transaction.
    # False: it reaches outside, so it waits for the commit.
    in_transaction: ClassVar[bool] = False

    def send(self, sms: Sms) -> None:
        raise NotImplementedError
