"""Friends and what newcomers are shown."""

from rtcserver.settings.environment import env

# An open request may be repeated after the first time, an ignored one after the second.
FRIEND_REQUEST_SECONDS = env.int("RTC_FRIEND_REQUEST_SECONDS", default=3 * 86_400)
FRIEND_REQUEST_IGNORED_SECONDS = env.int("RTC_FRIEND_REQUEST_IGNORED_SECONDS", default=86_400)
# What newcomers are shown: `group:ID` and `chatroom:NAME`, separated by commas.
DEMO_SQUARE = env.list("RTC_DEMO_SQUARE", default=[])
