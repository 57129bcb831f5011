"""Messages as lines of JSON in a file that only its owner can read: for tests from outside."""

import json
import os

from django.conf import settings

from accounts.sms.base import Sms, SmsBackend, SmsNotSent


class FileBackend(SmsBackend):
    def send(self, sms: Sms) -> None:
        line = {"id": sms.id, "region": sms.region, "phone": sms.phone, "text": sms.text}
        try:
            file = os.open(settings.SMS_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(file, "a", encoding="utf-8") as out:
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as fault:
            raise SmsNotSent(f"file: {fault.strerror}") from fault
