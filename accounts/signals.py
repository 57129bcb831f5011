"""How apps above accounts learn what happens to a person. Receivers connect in AppConfig.ready.

Sent with `user` (accounts.models.User) and `sender=User`.
"""

from django.dispatch import Signal

# A person is being removed. Also sent with `actor`. Inside the transaction, before the row is
# emptied: receivers delete or end what they keep about the person; if one raises, nothing happens.
user_removed = Signal()

# Someone exports what is kept about a person. A receiver returns `{section: JSON-able value}`.
user_exported = Signal()

# A request of a person came in and was authenticated: a sign of life. Also sent with `login`, the
# accounts.models.Login that it came through, or None. Sent outside a transaction.
user_seen = Signal()

# A person signed out, and no other open login of theirs was heard of within
# RTC_PRESENCE_OFFLINE_SECONDS. Also sent with `actor`. Inside the transaction.
user_signed_out = Signal()
