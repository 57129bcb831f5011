"""No access log (paths carry credentials); what is written is redacted."""

from django.core.exceptions import ImproperlyConfigured

from rtcserver.settings.environment import env

LOG_FORMAT = env.str("RTC_LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("RTC_LOG_FORMAT is either line or json.")
METRICS_TOKEN = env.str("RTC_METRICS_TOKEN", default="")  # /metrics answers whoever shows it
TRACES_URL = env.str("RTC_TRACES_URL", default="")  # OTLP over HTTP
TRACES_SHARE = env.float("RTC_TRACES_SHARE", default=0.1)  # of all requests
if not 0 <= TRACES_SHARE <= 1:
    raise ImproperlyConfigured("RTC_TRACES_SHARE is from 0 to 1.")
SENTRY_DSN = env.str("RTC_SENTRY_DSN", default="")  # errors go there, redacted
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "rtcserver.logs.RedactingFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "rtcserver.logs.JSONFormatter"},
    },
    "filters": {
        "no_handshakes": {"()": "rtcserver.logs.NoHandshakes"},
        "no_broken_text": {"()": "rtcserver.logs.NoBrokenText"},
        "brief": {"()": "rtcserver.logs.WithoutTraceback"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
        },
        "nowhere": {"class": "logging.NullHandler"},  # none at all would mean stderr
    },
    "root": {"handlers": ["console"], "level": env.str("RTC_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Anybody can send any Host; it is refused, and not worth a traceback each.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        "django.security.TooManyFieldsSent": {"handlers": ["nowhere"], "propagate": False},
        "django.security.RequestDataTooBig": {"handlers": ["nowhere"], "propagate": False},
        # httpx writes every URL at INFO; a gateway's may hold its key.
        "httpx": {"level": "WARNING"},
        # oauthlib writes whole tokens at DEBUG.
        "oauthlib": {"level": "INFO"},
        "oauth2_provider": {"level": "INFO"},
        # While Redis is away it has one traceback a second.
        "channels_redis.pubsub": {"filters": ["brief"]},
        "uvicorn.error": {"filters": ["no_handshakes", "no_broken_text"]},
    },
}
