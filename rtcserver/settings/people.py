"""People, their logins, tokens, phones and pictures."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from rtcserver.settings.environment import PRODUCTION, STATE_DIR, derived_key, env

# People and tokens
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "accounts.hashers.PasswordHasher",
    "accounts.hashers.SealTalkHasher",
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
    "events": _("Read the team's events and manage its webhooks"),
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

# People's logins, and web clients of other origins
LOGIN_AUTHENTICATION = "accounts.authentication.LoginCookie"
LOGIN_DAYS = env.int("RTC_LOGIN_DAYS", default=30)
LOGIN_LOG_DAYS = env.int("RTC_LOGIN_LOG_DAYS", default=180)  # kept after they ended
LOGIN_COOKIE_NAME = env.str("RTC_LOGIN_COOKIE_NAME", default="rong_im_auth")
LOGIN_COOKIE_DOMAIN = env.str("RTC_LOGIN_COOKIE_DOMAIN", default="") or None  # this host only
LOGIN_COOKIE_SAMESITE = env.str("RTC_LOGIN_COOKIE_SAMESITE", default="Lax")
ALLOWED_ORIGINS = env.list("RTC_ALLOWED_ORIGINS", default=[])  # exact: https://chat.example.com
CORS_ALLOWED_ORIGINS = ALLOWED_ORIGINS
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/(user|friendship|group|misc)/"

# Phones and text messages
PHONE_REGIONS = env.list("RTC_PHONE_REGIONS", default=["86"])  # calling codes
PHONE_CODE_KEY = derived_key("phone codes")
SMS_BACKEND = env.str("RTC_SMS_BACKEND", default="outbox")  # outbox, console, file, http, or a path
SMS_TEXT = env.str("RTC_SMS_TEXT", default="Your code is {code}. It is valid for 2 minutes.")
SMS_FILE = env.str("RTC_SMS_FILE", default=str(STATE_DIR / "sms.jsonl"))
SMS_URL = env.str("RTC_SMS_URL", default="")
SMS_SECRET = env.str("RTC_SMS_SECRET", default="")
CODE_LIMITS = {
    "phone_hour": env.int("RTC_CODES_PER_PHONE_HOUR", default=5),
    "phone_day": env.int("RTC_CODES_PER_PHONE_DAY", default=10),
    "address_hour": env.int("RTC_CODES_PER_ADDRESS_HOUR", default=10),
    "region_day": env.int("RTC_CODES_PER_REGION_DAY", default=2000),
    "day": env.int("RTC_CODES_PER_DAY", default=5000),
}
LOGIN_LIMITS = {  # failures
    "phone_hour": env.int("RTC_LOGIN_FAILURES_PER_PHONE_HOUR", default=60),
    "address_hour": env.int("RTC_LOGIN_FAILURES_PER_ADDRESS_HOUR", default=60),
}
RESET_ENDS_LOGINS = env.bool("RTC_RESET_ENDS_LOGINS", default=True)

# Pictures, and what the clients ask about themselves
MEDIA_ROOT = STATE_DIR / "media"
MEDIA_STORAGE = env.str("RTC_MEDIA_STORAGE", default="django.core.files.storage.FileSystemStorage")
MEDIA_OPTIONS: dict[str, Any] = env.json("RTC_MEDIA_OPTIONS", default={})
STORAGES = {
    "default": {"BACKEND": MEDIA_STORAGE, "OPTIONS": MEDIA_OPTIONS},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
IMAGE_MAX_BYTES = env.int("RTC_IMAGE_MAX_BYTES", default=5 * 1024 * 1024)
IMAGE_TARGET = env.str("RTC_IMAGE_TARGET", default="rtcserver")
DESKTOP_UPDATE = env.json("RTC_DESKTOP_UPDATE", default={})
CLIENT_VERSIONS = env.json("RTC_CLIENT_VERSIONS", default={})

# Webhooks
WEBHOOKS_PER_TEAM = env.int("RTC_WEBHOOKS_PER_TEAM", default=20)
WEBHOOK_LOG_DAYS = env.int("RTC_WEBHOOK_LOG_DAYS", default=30)
# Plain http, and addresses inside the server's own network: for tests on one machine.
WEBHOOK_PRIVATE_ADDRESSES = env.bool("RTC_WEBHOOK_PRIVATE_ADDRESSES", default=not PRODUCTION)
