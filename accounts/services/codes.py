"""Codes sent to phones, and the tokens that a right code earns."""

import hashlib
import hmac
import logging
import secrets
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from accounts.errors import (
    CodeExpired,
    CodesLimited,
    NoCodeSent,
    UnknownVerification,
    WrongCode,
)
from accounts.hashers import checksum
from accounts.models import CodeBudget, PhoneCode, VerificationToken
from accounts.phones import normalised
from accounts.services.logins import inet
from accounts.sms import Sms, SmsBackend, SmsNotSent, backend

CODE_LIFE = timedelta(minutes=2)
CODE_TRIES = 5
TOKEN_LIFE = timedelta(minutes=15)
BETWEEN_CODES = timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

logger = logging.getLogger(__name__)


def send_code(*, region: str, phone: str, address: str) -> None:
    """Send a new code of six digits to a phone; it lives two minutes and replaces older ones.

    Raises:
        BadPhone: No number of an allowed region.
        CodesLimited: One went there within a minute, or a limit of the phone, the address,
            the region or the whole server is used up. Nothing is sent then.

    A gateway that fails is noted with the code, never raised: the answer must not tell.
    """
    region, phone = normalised(region, phone)
    code = f"{secrets.randbelow(1_000_000):06}"
    text = settings.SMS_TEXT.format(code=code)
    gateway = backend()
    with transaction.atomic():
        _spend(region, phone, inet(address))
        sent = PhoneCode.objects.create(
            region=region, phone=phone, code_mac=_mac(region, phone, code), address=inet(address)
        )
        sms = Sms(region, phone, text)
        if gateway.in_transaction:
            gateway.send(sms)
        else:
            transaction.on_commit(partial(_deliver, gateway, sms, sent.pk))


def verify_code(*, region: str, phone: str, code: str) -> str:
    """Exchange the newest code of a phone for a verification token (a UUID), once.

    Raises:
        NoCodeSent: None was ever sent to that phone.
        CodeExpired: The newest is older than two minutes or was used.
        WrongCode: Another code, or the newest was tried five times.
    """
    region, phone = normalised(region, phone)
    sent = PhoneCode.objects.of_phone(region, phone).order_by("-id").first()
    if sent is None:
        raise NoCodeSent("No code was sent to this phone.")
    if sent.used_at or sent.created_at <= timezone.now() - CODE_LIFE:
        raise CodeExpired("The code has expired.")
    # The try is counted for good before the code is looked at, so parallel guesses count too.
    this_code = PhoneCode.objects.filter(pk=sent.pk)
    counted = this_code.filter(tries__lt=CODE_TRIES).update(tries=F("tries") + 1)
    if not counted or not hmac.compare_digest(_mac(region, phone, code), sent.code_mac):
        raise WrongCode("Wrong code.")
    return _exchange(sent)


@transaction.atomic
def _exchange(sent: PhoneCode) -> str:
    now = timezone.now()
    if not PhoneCode.objects.filter(pk=sent.pk, used_at=None).update(used_at=now):
        raise CodeExpired("The code was used.")  # by a request at the same time
    token = str(uuid4())
    VerificationToken.objects.create(
        region=sent.region,
        phone=sent.phone,
        checksum=checksum(token),
        expires_at=now + TOKEN_LIFE,
    )
    return token


def use_token(token: UUID, *, purpose: str) -> VerificationToken:
    """Spend a verification token for `registered_at` or `reset_at`. Call in a transaction.

    Raises:
        UnknownVerification: No such token, expired, or spent for that purpose.
    """
    now = timezone.now()
    found = VerificationToken.objects.filter(checksum=checksum(str(token)), expires_at__gt=now)
    if not found.filter(**{purpose: None}).update(**{purpose: now}):
        raise UnknownVerification("Unknown verification_token.")
    return found.get()


# --- Limits: rows counted, so they hold for all processes -----------------------------------------


def _spend(region: str, phone: str, address: str | None) -> None:
    """Take one code from the region's budget, whose lock makes the counts below exact."""
    now = timezone.now()
    budget, _created = CodeBudget.objects.select_for_update().get_or_create(
        region=region, day=now.date()
    )
    codes = PhoneCode.objects.filter(created_at__gt=now - DAY)
    of_phone = codes.of_phone(region, phone)
    if of_phone.filter(created_at__gt=now - BETWEEN_CODES).exists():
        raise CodesLimited("One code a minute.")
    if settings.RATE_LIMITS:
        of_address = codes.filter(address=address)
        last_hour = Q(created_at__gt=now - HOUR)
        sent_today = CodeBudget.objects.filter(day=now.date()).aggregate(n=Sum("sent"))["n"] or 0
        limits = settings.CODE_LIMITS
        if (
            of_phone.filter(last_hour).count() >= limits["phone_hour"]
            or of_phone.count() >= limits["phone_day"]
            or (address and of_address.filter(last_hour).count() >= limits["address_hour"])
            or budget.sent >= limits["region_day"]
            or sent_today >= limits["day"]
        ):
            raise CodesLimited("Too many codes.")
    CodeBudget.objects.filter(pk=budget.pk).update(sent=F("sent") + 1)


def _deliver(gateway: SmsBackend, sms: Sms, code_id: int) -> None:
    try:
        gateway.send(sms)
    except SmsNotSent as failure:
        logger.error("A phone code was not delivered: %s", failure)
        PhoneCode.objects.filter(pk=code_id).update(failure=str(failure)[:100])
    except Exception as fault:  # noqa: BLE001 (a backend of the operator's own; the code is stored)
        logger.error("The SMS backend broke: %s", type(fault).__name__)
        PhoneCode.objects.filter(pk=code_id).update(failure=type(fault).__name__[:100])


def _mac(region: str, phone: str, code: str) -> str:
    said = f"{region}:{phone}:{code}".encode()
    return hmac.new(settings.PHONE_CODE_KEY.encode(), said, hashlib.sha256).hexdigest()
