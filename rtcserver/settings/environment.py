"""The environment, the profile it chooses, and the address people reach this server at."""

import hashlib
import hmac
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()
STATE_DIR = Path(env.str("RTC_STATE_DIR", default=str(BASE_DIR / ".rtcserver")))
env.read_env(BASE_DIR / ".env")  # the environment wins over both files
env.read_env(STATE_DIR / "settings.env")  # made by the first `make run`

# Profile: production unless the first `make run` said otherwise
PROFILE = env.str("RTC_PROFILE", default="production")
if PROFILE not in ("production", "development"):
    raise ImproperlyConfigured("RTC_PROFILE is either production or development.")
PRODUCTION = PROFILE == "production"
DEBUG = env.bool("RTC_DEBUG", default=False)
SECRET_KEY = env.str("RTC_SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "RTC_SECRET_KEY is not set. On your own machine `make run` creates one; in production "
        "set it to 50 or more random characters and keep it with your backups."
    )


def derived_key(purpose: str) -> str:
    """A key of its own for each purpose, so that one use never exposes another."""
    return hmac.new(SECRET_KEY.encode(), purpose.encode(), hashlib.sha256).hexdigest()


ACCESS_TOKEN_KEY = env.str("RTC_ACCESS_TOKEN_KEY", default=derived_key("access tokens"))

# Where it is reached
PORT = env.int("PORT", default=8000)
PUBLIC_BASE_URL = env.str(
    "RTC_PUBLIC_BASE_URL", default="" if PRODUCTION else f"http://127.0.0.1:{PORT}"
).rstrip("/")
if not PUBLIC_BASE_URL:
    raise ImproperlyConfigured(
        "RTC_PUBLIC_BASE_URL is not set: the address people reach this server at, "
        "such as https://rtc.example.com. Entry URLs are made from it."
    )
ALLOWED_HOSTS = env.list(
    "RTC_ALLOWED_HOSTS",
    default=[urlsplit(PUBLIC_BASE_URL).hostname or ""]
    if PRODUCTION
    else ["127.0.0.1", "localhost", "[::1]"],
)
TRUSTED_PROXIES = env.int("RTC_TRUSTED_PROXIES", default=0)  # how many set X-Forwarded-For
