"""Messages on standard output: for development."""

import sys

from accounts.sms.base import Sms, SmsBackend


class ConsoleBackend(SmsBackend):
    def send(self, sms: Sms) -> None:
        sys.stdout.write(f"SMS to +{sms.region} {sms.phone}: {sms.text}\n")
        sys.stdout.flush()
