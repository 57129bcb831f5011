"""Deleting what nothing reads any more."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import (
    CodeBudget,
    FailedLogin,
    Login,
    OutboxMessage,
    PhoneCode,
    VerificationToken,
)


def sweep() -> dict[str, int]:
    """Delete expired rows; returns how many of each kind.

    Codes stay two days (the limits count one), logins RTC_LOGIN_LOG_DAYS after they ended.
    """
    now = timezone.now()
    two_days_ago = now - timedelta(days=2)
    log_ends = now - timedelta(days=settings.LOGIN_LOG_DAYS)
    gone: dict[str, models.QuerySet] = {
        "codes": PhoneCode.objects.filter(created_at__lt=two_days_ago),
        "outbox messages": OutboxMessage.objects.filter(created_at__lt=two_days_ago),
        "verification tokens": VerificationToken.objects.filter(expires_at__lt=now),
        "failed logins": FailedLogin.objects.filter(created_at__lt=two_days_ago),
        "budgets": CodeBudget.objects.filter(day__lt=two_days_ago.date()),
        "logins": Login.objects.filter(
            models.Q(ended_at__lt=log_ends) | models.Q(expires_at__lt=log_ends), tokens=None
        ),
    }
    return {name: rows.delete()[0] for name, rows in gone.items()}
