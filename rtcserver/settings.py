"""Settings. Every deployment choice is an environment variable; docs/settings.md lists them."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
STATE_DIR = Path(env.str("RTC_STATE_DIR", default=str(BASE_DIR / ".rtcserver")))
env.read_env(BASE_DIR / ".env")  # the environment wins over both files
env.read_env(STATE_DIR / "settings.env")  # made by the first `make run`

# --- Profile: production unless the first `make run` said otherwise ---------------------------
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

# --- Where it is reached ----------------------------------------------------------------------
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
    default=[PUBLIC_BASE_URL.split("://")[-1].split("/")[0].split(":")[0]]
    if PRODUCTION
    else ["127.0.0.1", "localhost", "[::1]"],
)
TRUSTED_PROXIES = env.int("RTC_TRUSTED_PROXIES", default=0)  # how many set X-Forwarded-For

# --- Storage: SQLite and memory in one process, PostgreSQL and Redis beyond ---------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{STATE_DIR / 'db.sqlite3'}")}
DATABASE: dict[str, Any] = DATABASES["default"]
DATABASE["CONN_MAX_AGE"] = None  # one connection per pool thread, for ever
DATABASE["CONN_HEALTH_CHECKS"] = True
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a write transaction never has to upgrade its lock
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
    DATABASE["TEST"] = {"NAME": str(STATE_DIR / "test.sqlite3")}  # a file: threads share it
REDIS_URL = env.str("REDIS_URL", default="")
REDIS_PREFIX = env.str("RTC_REDIS_PREFIX", default="rtcserver")  # channels are not per database
PROCESSES = env.int("RTC_PROCESSES", default=1)  # how many serve; checked against the storage
if REDIS_URL:
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            # The core layer drops every socket when Redis restarts; pubsub does not.
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": REDIS_PREFIX},
        }
    }
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Applications -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "rtcserver.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "rtcserver",
    "accounts",
    "rooms",
    "sessions_api",
    "social",
    "chat",
]
MIDDLEWARE = [
    "rtcserver.middleware.PageHeaders",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "rtcserver.middleware.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "rtcserver.urls"
WSGI_APPLICATION = "rtcserver.wsgi.application"
ASGI_APPLICATION = "rtcserver.asgi.application"
APPEND_SLASH = False  # a redirect loses the body of a POST; no dialect has trailing slashes
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = env.str("RTC_STATIC_ROOT", default="") or None  # where `collectstatic` puts them
WHITENOISE_USE_FINDERS = STATIC_ROOT is None  # served from the packages until then
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes of a request body, every dialect

# --- Languages ----------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "rtcserver" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People and tokens --------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "accounts.hashers.PasswordHasher",
    "accounts.hashers.MachineSecretHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
OAUTH2_PROVIDER_APPLICATION_MODEL = "accounts.ApiClient"  # swapped before the first migration
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "accounts.AccessToken"  # noqa: S105 (a model's name)
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "accounts.RefreshToken"  # noqa: S105 (a model's name)
OAUTH2_PROVIDER_GRANT_MODEL = "accounts.Grant"
SCOPES = {
    "sessions": _("Manage sessions and participants of the team"),
    "rooms": _("Manage rooms of the team and who is in them"),
    "team": _("Manage the team's applications and API clients"),
    "system": _("Create users, teams and API clients of any team"),
}
# Legacy Coviu clients log people in through an API client; it then sees their passwords.
PASSWORD_GRANT = env.bool("RTC_PASSWORD_GRANT", default=not PRODUCTION)
OAUTH2_PROVIDER: dict[str, Any] = {
    "SCOPES": SCOPES,
    "SCOPES_BACKEND_CLASS": "accounts.oauth.ClientScopes",
    "OAUTH2_SERVER_CLASS": "accounts.oauth.TokenServer",
    "OAUTH2_VALIDATOR_CLASS": "accounts.oauth.TokenValidator",
    "ACCESS_TOKEN_GENERATOR": "accounts.oauth.new_access_token",
    "REFRESH_TOKEN_GENERATOR": "accounts.oauth.new_refresh_token",
    "CLIENT_SECRET_HASHER": "machine_secret",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 600,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 400 * 86400,  # idle; slides with every use
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": not PASSWORD_GRANT,
}

# --- REST ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "rtcserver",
    "DESCRIPTION": "Real-time communication server: sessions, participants, entry URLs.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/v1",
    "PREPROCESSING_HOOKS": ["rtcserver.schema.one_path_each"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "rtcserver.schema.add_errors",
        "rtcserver.schema.add_token_endpoints",
        "rtcserver.schema.add_liveroom_envelope",
    ],
}
RATE_LIMITS = env.bool("RTC_RATE_LIMITS", default=True)
SESSION_START_SLACK_SECONDS = env.int("RTC_SESSION_START_SLACK_SECONDS", default=5)

# --- Secrets that must be read again, encrypted at rest -------------------------------------------
ENCRYPTION_KEYS = env.list("RTC_ENCRYPTION_KEYS", default=[])  # Fernet; the first one encrypts
if not ENCRYPTION_KEYS and not PRODUCTION:
    ENCRYPTION_KEYS = [urlsafe_b64encode(bytes.fromhex(derived_key("encryption"))).decode()]

# --- LiveRoom dialect -----------------------------------------------------------------------------
LIVEROOM_ERROR_HTTP_STATUS = env.int("RTC_LIVEROOM_ERROR_HTTP_STATUS", default=500)
if LIVEROOM_ERROR_HTTP_STATUS not in (200, 500):
    raise ImproperlyConfigured("RTC_LIVEROOM_ERROR_HTTP_STATUS is either 500 or 200.")
LIVEROOM_REGISTRATION = env.str(
    "RTC_LIVEROOM_REGISTRATION", default="closed" if PRODUCTION else "open"
)
if LIVEROOM_REGISTRATION not in ("open", "invite", "closed"):
    raise ImproperlyConfigured("RTC_LIVEROOM_REGISTRATION is open, invite or closed.")
LIVEROOM_INVITE_CODE = env.str("RTC_LIVEROOM_INVITE_CODE", default="")
if LIVEROOM_REGISTRATION == "invite" and len(LIVEROOM_INVITE_CODE) < 16:
    raise ImproperlyConfigured("RTC_LIVEROOM_INVITE_CODE needs 16 or more characters.")
if LIVEROOM_REGISTRATION != "closed" and not ENCRYPTION_KEYS:
    raise ImproperlyConfigured(
        "RTC_ENCRYPTION_KEYS is not set, and names registered in the LiveRoom dialect need it. "
        "Make a key with: python -c "
        "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    )
LIVEROOM_REQUIRE_TS = env.bool("RTC_LIVEROOM_REQUIRE_TS", default=False)
LIVEROOM_TENANT = env.str("RTC_LIVEROOM_TENANT", default="")  # `<tenant>-` before user ids
LIVEROOM_SDK_APP_ID = env.int("RTC_LIVEROOM_SDK_APP_ID", default=1_400_000_000)
LIVEROOM_SDK_KEY = env.str("RTC_LIVEROOM_SDK_KEY", default=derived_key("liveroom usersig"))
LIVEROOM_ALLOWED_ORIGINS = env.list("RTC_LIVEROOM_ALLOWED_ORIGINS", default=[])  # exact, or *
LIVEROOM_TEAM = env.str("RTC_LIVEROOM_TEAM", default="LiveRoom")  # whose rooms they are
LIVEROOM_ROOMS_PER_PERSON = env.int("RTC_LIVEROOM_ROOMS_PER_PERSON", default=50)
CORS_URLS_REGEX = r"^$"  # each dialect says which origins read it (rtcserver/wire/liveroom.py)

# --- Presence, and the work done at intervals ---------------------------------------------------
PRESENCE_WRITE_SECONDS = env.int("RTC_PRESENCE_WRITE_SECONDS", default=5)
PRESENCE_OFFLINE_SECONDS = env.int("RTC_PRESENCE_OFFLINE_SECONDS", default=30)
PRESENCE_LEFT_SECONDS = env.int("RTC_PRESENCE_LEFT_SECONDS", default=60)
PRESENCE_OVER_SECONDS = env.int("RTC_PRESENCE_OVER_SECONDS", default=600)
EMBEDDED_WORKER = env.bool("RTC_EMBEDDED_WORKER", default=True)

# --- Safe transport -------------------------------------------------------------------------------
HTTPS = PUBLIC_BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS and env.bool("RTC_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("RTC_HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 8 * 3600  # staff
SESSION_COOKIE_NAME = "rtc_admin"
CSRF_COOKIE_NAME = "rtc_csrf"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Logs: no access log (paths carry credentials), what is written is redacted -------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "rtcserver.logs.Redact"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["redact"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("RTC_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # oauthlib writes whole tokens at DEBUG.
        "oauthlib": {"level": "INFO"},
        "oauth2_provider": {"level": "INFO"},
    },
}

# --- Admin ----------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "rtcserver",
    "SITE_HEADER": "rtcserver",
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("sessions_api/icon.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
}
