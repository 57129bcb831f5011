"""Passwords that people show: checked, and guessed at more and more slowly."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from accounts.errors import WrongPassword
from accounts.hashers import new_secret
from accounts.models import FailedLogin, User
from accounts.services.logins import inet

FREE_FAILURES = 5  # of one phone from one address before waiting starts
FIRST_WAIT = timedelta(seconds=30)  # doubles with each further failure
LONGEST_WAIT = timedelta(minutes=15)
REMEMBERED = timedelta(hours=1)

_NOBODYS_PASSWORD = make_password(new_secret())


def proved(user: User | None, password: str, *, region: str, phone: str, address: str) -> User:
    """The person, if it is their password and they may come in. Call outside of a transaction:
    a failure stays written.

    Raises WrongPassword, also for the right one after too many failures lately; nobody can tell
    by the answer or by the time it takes.
    """
    from_ = inet(address)
    # Kept before the password is looked at, so that parallel guesses see each other.
    attempt = FailedLogin.objects.create(region=region, phone=phone, address=from_)
    waits = settings.RATE_LIMITS and _has_to_wait(attempt)
    matches = _matches(user, password)
    if waits or not (user and matches and user.is_active):
        if waits:
            attempt.delete()  # unheard, so it does not prolong the wait
        raise WrongPassword("Wrong phone or password.")
    FailedLogin.objects.of_phone(region, phone).filter(address=from_).delete()
    return user


@contextmanager
def proved_person(user_id: int, password: str, *, address: str) -> Iterator[User]:
    """Prove the password of somebody who is in; a transaction that holds their row.

    Raises WrongPassword as `proved` does. Somebody without a phone is counted by their id.
    """
    user = User.objects.get(pk=user_id)
    phone = user.phone or user.public_id
    user = proved(user, password, region=user.region, phone=phone, address=address)
    with transaction.atomic():
        # Others may go on referring to the row: whoever does so can hold the clock that we wait
        # for.
        held = User.objects.select_for_update(no_key=True).get(pk=user_id)
        if held.password != user.password:
            raise WrongPassword("The password was changed meanwhile.")
        yield held


def _matches(user: User | None, password: str) -> bool:
    """Check a password in the same time whether there is such a person."""
    if user and user.has_usable_password():
        return user.check_password(password)
    check_password(password, _NOBODYS_PASSWORD)
    return False


def _has_to_wait(attempt: FailedLogin) -> bool:
    now = timezone.now()
    recent = FailedLogin.objects.filter(created_at__gt=now - REMEMBERED).exclude(pk=attempt.pk)
    of_phone = recent.of_phone(attempt.region, attempt.phone)
    failures = list(
        of_phone.filter(address=attempt.address)
        .order_by("-created_at")
        .values_list("created_at", flat=True)[:20]
    )
    limits = settings.LOGIN_LIMITS
    return (
        (len(failures) >= FREE_FAILURES and now < failures[0] + _wait_after(failures))
        or of_phone.count() >= limits["phone_hour"]
        or recent.filter(address=attempt.address).count() >= limits["address_hour"]
    )


def _wait_after(failures: list[datetime]) -> timedelta:
    return min(FIRST_WAIT * 2 ** (len(failures) - FREE_FAILURES), LONGEST_WAIT)
