"""Calls: the lobby, the way media takes, and credentials for it."""

from django.core.exceptions import ImproperlyConfigured

from rtcserver.settings.environment import env

# Lobby
CALL_LEASE_SECONDS = env.int("RTC_CALL_LEASE_SECONDS", default=30)  # of a silent connection
if CALL_LEASE_SECONDS < 3:
    raise ImproperlyConfigured("RTC_CALL_LEASE_SECONDS is 3 or more.")
GUESTS_ADMIT = env.bool("RTC_GUESTS_ADMIT", default=True)  # contract: "someone inside"

# Media
MEDIA_BACKEND = env.str("RTC_MEDIA_BACKEND", default="p2p")
if MEDIA_BACKEND not in ("p2p", "janus", "livekit"):
    raise ImproperlyConfigured("RTC_MEDIA_BACKEND is p2p, janus or livekit.")
MESH_LIMIT = env.int("RTC_MESH_LIMIT", default=4)  # people; more go through the media server
ICE_RELAY_ONLY = env.bool("RTC_ICE_RELAY_ONLY", default=False)  # hides people's addresses
if ICE_RELAY_ONLY and not env.list("RTC_TURN_URLS", default=[]):
    raise ImproperlyConfigured("RTC_ICE_RELAY_ONLY needs RTC_TURN_URLS.")
STUN_URLS = env.list("RTC_STUN_URLS", default=[])
TURN_URLS = env.list("RTC_TURN_URLS", default=[])
TURN_SECRET = env.str("RTC_TURN_SECRET", default="")
TURN_SECONDS = env.int("RTC_TURN_SECONDS", default=60)  # pages ask anew every 30
JANUS_URL = env.str("RTC_JANUS_URL", default="")  # ws://127.0.0.1:8188
JANUS_API_SECRET = env.str("RTC_JANUS_API_SECRET", default="")
JANUS_ADMIN_KEY = env.str("RTC_JANUS_ADMIN_KEY", default="")  # of the VideoRoom plugin
JANUS_BITRATE = env.int("RTC_JANUS_BITRATE", default=1_000_000)  # bit/s of a person
LIVEKIT_URL = env.str("RTC_LIVEKIT_URL", default="")  # wss://livekit.example.com
LIVEKIT_API_KEY = env.str("RTC_LIVEKIT_API_KEY", default="")
LIVEKIT_API_SECRET = env.str("RTC_LIVEKIT_API_SECRET", default="")
LIVEKIT_TOKEN_SECONDS = env.int("RTC_LIVEKIT_TOKEN_SECONDS", default=300)
