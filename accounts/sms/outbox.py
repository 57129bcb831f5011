"""Messages as rows that staff and `manage.py last_code` can read: for development."""

from accounts.models import OutboxMessage
from accounts.sms.base import Sms, SmsBackend


class OutboxBackend(SmsBackend):
    in_transaction = True

    def send(self, sms: Sms) -> None:
        OutboxMessage.objects.create(region=sms.region, phone=sms.phone, text=sms.text)
