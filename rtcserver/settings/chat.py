"""What may be said, how fast, and how long it is kept."""

from rtcserver.settings.environment import env

CHAT_MESSAGE_BYTES = env.int("RTC_CHAT_MESSAGE_BYTES", default=16_384)  # of the encoded body
CHAT_MESSAGES_PER_10_SECONDS = env.int("RTC_CHAT_MESSAGES_PER_10_SECONDS", default=50)
CHAT_RECALL_SECONDS = env.int("RTC_CHAT_RECALL_SECONDS", default=120)
CHAT_EDIT_SECONDS = env.int("RTC_CHAT_EDIT_SECONDS", default=0)  # 0: at any time
CHAT_HISTORY_DAYS = env.int("RTC_CHAT_HISTORY_DAYS", default=0)  # 0: for ever
TICKET_SECONDS = env.int("RTC_TICKET_SECONDS", default=600)  # of a participant for the chat
