"""The chatroom dialect: who comes in, how many fit in a room, and its own port."""

from django.core.exceptions import ImproperlyConfigured

from rtcserver.settings.environment import PRODUCTION, env

CHATROOM_REGISTRATION = env.str(
    "RTC_CHATROOM_REGISTRATION", default="closed" if PRODUCTION else "open"
)
if CHATROOM_REGISTRATION not in ("open", "closed"):
    raise ImproperlyConfigured("RTC_CHATROOM_REGISTRATION is open or closed.")
CHATROOM_AUTH = env.str("RTC_CHATROOM_AUTH", default="login-ip" if PRODUCTION else "open")
if CHATROOM_AUTH not in ("open", "login-ip", "ticket"):
    raise ImproperlyConfigured("RTC_CHATROOM_AUTH is open, login-ip or ticket.")
CHATROOM_TEL_INT32 = env.bool("RTC_CHATROOM_TEL_INT32", default=False)
CHATROOM_PORT = env.int("RTC_CHATROOM_PORT", default=0)  # a second listener; 0: none
CHATROOM_CAPACITY = env.int("RTC_CHATROOM_CAPACITY", default=10)  # members of a room
CHATROOM_ROOMS = env.list("RTC_CHATROOM_ROOMS", default=[])  # rooms that are always there
CHATROOM_ROOMS_PER_HOUR = env.int("RTC_CHATROOM_ROOMS_PER_ADDRESS_HOUR", default=60)
