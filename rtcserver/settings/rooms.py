"""The LiveRoom dialect, presence, and the work done at intervals."""

from base64 import urlsafe_b64encode

from django.core.exceptions import ImproperlyConfigured

from rtcserver.settings.environment import PRODUCTION, derived_key, env

# Secrets that must be read again, encrypted at rest
ENCRYPTION_KEYS = env.list("RTC_ENCRYPTION_KEYS", default=[])  # Fernet; the first one encrypts
if not ENCRYPTION_KEYS and not PRODUCTION:
    ENCRYPTION_KEYS = [urlsafe_b64encode(bytes.fromhex(derived_key("encryption"))).decode()]

# LiveRoom dialect
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

# Presence, and the work done at intervals
PRESENCE_WRITE_SECONDS = env.int("RTC_PRESENCE_WRITE_SECONDS", default=5)
PRESENCE_OFFLINE_SECONDS = env.int("RTC_PRESENCE_OFFLINE_SECONDS", default=30)
PRESENCE_LEFT_SECONDS = env.int("RTC_PRESENCE_LEFT_SECONDS", default=60)
PRESENCE_OVER_SECONDS = env.int("RTC_PRESENCE_OVER_SECONDS", default=600)
EMBEDDED_WORKER = env.bool("RTC_EMBEDDED_WORKER", default=True)
