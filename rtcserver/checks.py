"""System checks: what cannot work is refused, what is unsafe is named (docs/settings.md)."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from rtcserver import reporting, tracing
from rtcserver.crypto import encrypt


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
            settings.SMS_BACKEND in ("outbox", "console", "file"),
            f"RTC_SMS_BACKEND is {settings.SMS_BACKEND}: phone codes reach nobody, and staff or "
            "whoever reads the host can see them.",
            "Set RTC_SMS_BACKEND=http with RTC_SMS_URL and RTC_SMS_SECRET.",
            "rtc.W010",
        ),
        (
            not settings.RESET_ENDS_LOGINS,
            "RTC_RESET_ENDS_LOGINS is off: who stole a login keeps it after a reset.",
            "Leave it on outside acceptance runs.",
            "rtc.W011",
        ),
        (
            settings.LOGIN_COOKIE_SAMESITE == "None",
            "RTC_LOGIN_COOKIE_SAMESITE is None: browsers send the cookie from any site.",
            "Serve the web client from the same site, or keep RTC_ALLOWED_ORIGINS short.",
            "rtc.W012",
        ),
        (
            settings.SMS_BACKEND == "http" and not settings.SMS_URL.startswith("https://"),
            "RTC_SMS_URL is not https: phones and codes travel in clear.",
            "Give the https address of the gateway.",
            "rtc.W013",
        ),
        (
            settings.RTCAT_DEMO,
            "RTC_RTCAT_DEMO is on: anybody can make sessions and tokens of its team.",
            "Leave it off unless visitors are to try calls.",
            "rtc.W014",
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
            settings.WEBHOOK_PRIVATE_ADDRESSES,
            "RTC_WEBHOOK_PRIVATE_ADDRESSES is on: a team can make this server call its neighbours.",
            "Leave it off outside development.",
            "rtc.W040",
        ),
        (
            settings.CHATROOM_REGISTRATION == "open",
            "RTC_CHATROOM_REGISTRATION is open: anybody can register numbers and names.",
            "Set it to closed.",
            "rtc.W050",
        ),
        (
            settings.CHATROOM_AUTH == "open",
            "RTC_CHATROOM_AUTH is open: anybody can speak in chat rooms under any free name.",
            "Set it to login-ip or ticket.",
            "rtc.W051",
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


@register(Tags.security)
def secret_of_its_own(app_configs: Any, **options: Any) -> list[Error]:
    """A secret that was copied from an example protects nothing."""
    secret = settings.SECRET_KEY
    if not settings.PRODUCTION or (len(secret) >= 50 and not secret.startswith("change me")):
        return []
    return [
        Error(
            "RTC_SECRET_KEY is an example or too short.",
            hint="Set 50 or more random characters, and keep them with your backups.",
            id="rtc.E003",
        )
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


@register(deploy=True)
def presence_that_cannot_last(app_configs: Any, **options: Any) -> list[Warning]:
    """Clients send a sign of life every 10 seconds; windows below that flicker."""
    found = []
    if settings.PRESENCE_OFFLINE_SECONDS < settings.PRESENCE_WRITE_SECONDS + 10:
        found.append(
            Warning(
                "RTC_PRESENCE_OFFLINE_SECONDS is too short: rooms of present hosts will vanish.",
                hint="Clients call every 10 s; add RTC_PRESENCE_WRITE_SECONDS to that.",
                id="rtc.W035",
            )
        )
    if settings.PRESENCE_LEFT_SECONDS < settings.PRESENCE_OFFLINE_SECONDS:
        found.append(
            Warning(
                "RTC_PRESENCE_LEFT_SECONDS is shorter than RTC_PRESENCE_OFFLINE_SECONDS.",
                hint="A guest is offline before they have left.",
                id="rtc.W036",
            )
        )
    return found


@register(Tags.security)
def people_can_come_in(app_configs: Any, **options: Any) -> list[Error]:
    """What the ways in by phone and cookie cannot work without."""
    faults = [
        (
            settings.SMS_BACKEND == "http" and not (settings.SMS_URL and settings.SMS_SECRET),
            "RTC_SMS_BACKEND=http needs RTC_SMS_URL and RTC_SMS_SECRET.",
            "rtc.E010",
        ),
        (
            settings.LOGIN_COOKIE_SAMESITE not in ("Lax", "Strict", "None"),
            "RTC_LOGIN_COOKIE_SAMESITE is Lax, Strict or None.",
            "rtc.E011",
        ),
        (
            settings.LOGIN_COOKIE_SAMESITE == "None" and not settings.HTTPS,
            "RTC_LOGIN_COOKIE_SAMESITE=None needs an https RTC_PUBLIC_BASE_URL.",
            "rtc.E012",
        ),
        (
            "{code}" not in settings.SMS_TEXT,
            "RTC_SMS_TEXT must contain {code}.",
            "rtc.E013",
        ),
    ]
    return [Error(text, id=number) for is_fault, text, number in faults if is_fault]


@register(Tags.security)
def readable_keys(app_configs: Any, **options: Any) -> list[Error]:
    """A key that cannot be used is found at the start, not at the first secret."""
    try:
        if settings.ENCRYPTION_KEYS:
            encrypt("")
    except ImproperlyConfigured as fault:
        hint = "Make one with cryptography.fernet.Fernet.generate_key()."
        return [Error(str(fault), hint=hint, id="rtc.E030")]
    return []


@register()
def extras_are_installed(app_configs: Any, **options: Any) -> list[Error]:
    """Reports and traces that were asked for must not be missing in silence."""
    extras = [
        ("RTC_SENTRY_DSN", settings.SENTRY_DSN, reporting, "requirements-sentry.txt", "rtc.E050"),
        ("RTC_TRACES_URL", settings.TRACES_URL, tracing, "requirements-otel.txt", "rtc.E051"),
    ]
    return [
        Error(
            f"{name} is set, and what it needs is not installed.",
            hint=f"Install {file} beside requirements.txt, or unset it.",
            id=id_,
        )
        for name, value, module, file, id_ in extras
        if value and not module.is_installed()
    ]


@register(Tags.security)
def calls_have_a_way(app_configs: Any, **options: Any) -> list[Error]:
    """What calls cannot be carried without."""
    faults = [
        (
            bool(settings.TURN_URLS) and not settings.TURN_SECRET,
            "RTC_TURN_URLS needs RTC_TURN_SECRET, coturn's static-auth-secret.",
            "rtc.E040",
        ),
        (
            settings.MEDIA_BACKEND == "janus" and not settings.JANUS_URL,
            "RTC_MEDIA_BACKEND=janus needs RTC_JANUS_URL.",
            "rtc.E041",
        ),
        (
            settings.MEDIA_BACKEND == "livekit"
            and not (
                settings.LIVEKIT_URL.startswith(("ws://", "wss://"))
                and settings.LIVEKIT_API_KEY
                and settings.LIVEKIT_API_SECRET
            ),
            "RTC_MEDIA_BACKEND=livekit needs RTC_LIVEKIT_URL (ws:// or wss://), "
            "RTC_LIVEKIT_API_KEY and RTC_LIVEKIT_API_SECRET.",
            "rtc.E042",
        ),
    ]
    return [Error(text, id=number) for is_fault, text, number in faults if is_fault]
