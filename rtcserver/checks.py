"""System checks: what cannot work is refused, what is unsafe is named (docs/settings.md)."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def unsafe_choices(app_configs: Any, **options: Any) -> list[Warning]:
    """One warning for every setting that opens something for compatibility or tests."""
    opened = [
        (
            not settings.PRODUCTION,
            "RTC_PROFILE is development: demo data and plain HTTP.",
            "Set RTC_PROFILE=production.",
            "rtc.W001",
        ),
        (
            not settings.RATE_LIMITS,
            "RTC_RATE_LIMITS is off: nothing slows down guessing or floods.",
            "Leave it on outside load and acceptance runs.",
            "rtc.W002",
        ),
        (
            not settings.HTTPS,
            "RTC_PUBLIC_BASE_URL is not https: entry URLs and tokens travel in clear.",
            "Put TLS in front and give the https address.",
            "rtc.W003",
        ),
        (
            settings.PASSWORD_GRANT,
            "RTC_PASSWORD_GRANT is on: API clients see people's passwords.",
            "Leave it off unless a legacy Coviu client needs it.",
            "rtc.W004",
        ),
        (
            settings.LIVEROOM_REGISTRATION == "open",
            "RTC_LIVEROOM_REGISTRATION is open: anybody can register signature names.",
            "Set it to invite or closed.",
            "rtc.W030",
        ),
        (
            not settings.LIVEROOM_REQUIRE_TS,
            "RTC_LIVEROOM_REQUIRE_TS is off: a signature made without a time is good for ever.",
            "Switch it on if all LiveRoom clients send ts; the original apps do.",
            "rtc.W031",
        ),
        (
            "*" in settings.LIVEROOM_ALLOWED_ORIGINS,
            "RTC_LIVEROOM_ALLOWED_ORIGINS is *: pages of any origin can use the LiveRoom dialect.",
            "List the origins of your web clients.",
            "rtc.W032",
        ),
    ]
    return [
        Warning(text, hint=hint, id=number) for is_open, text, hint, number in opened if is_open
    ]


@register(Tags.database)
def same_pool(app_configs: Any, **options: Any) -> list[Error]:
    """SQLite takes one writing process; PostgreSQL without Redis cannot reach other processes."""
    several = settings.PROCESSES > 1
    if several and not settings.REDIS_URL:
        return [
            Error(
                f"{settings.PROCESSES} processes without Redis cannot reach each other's sockets.",
                hint="Set REDIS_URL, or RTC_PROCESSES=1.",
                id="rtc.E001",
            )
        ]
    if several and settings.DATABASE["ENGINE"].endswith("sqlite3"):
        return [
            Error(
                "SQLite serves one process.",
                hint="Set DATABASE_URL to PostgreSQL, or RTC_PROCESSES=1.",
                id="rtc.E002",
            )
        ]
    return []
