"""Messages by a signed POST to the operator's own gateway, which knows the SMS provider.

    POST <RTC_SMS_URL>
    Content-Type: application/json
    Idempotency-Key: <id>
    X-Rtc-Timestamp: <seconds since 1970>
    X-Rtc-Signature: <hex HMAC-SHA256 of "<timestamp>.<body>" under RTC_SMS_SECRET>

    {"id", "region", "phone", "text"}

Any 2xx means taken over. A connection fault or 5xx is tried once more.
"""

import hashlib
import hmac
import json
import time

import httpx
from django.conf import settings

from accounts.sms.base import Sms, SmsBackend, SmsNotSent

TRIES = 2
TIMEOUT = httpx.Timeout(2.0, connect=1.0)  # seconds, for each try


class HttpBackend(SmsBackend):
    def send(self, sms: Sms) -> None:
        body = json.dumps(
            {"id": sms.id, "region": sms.region, "phone": sms.phone, "text": sms.text}
        )
        reason = ""
        for _try in range(TRIES):
            reason, is_final = self._post(sms.id, body)
            if is_final:
                break
        if reason:
            raise SmsNotSent(reason)

    def _post(self, sms_id: str, body: str) -> tuple[str, bool]:
        """Try once; return why it failed ("" if it did not) and whether that is the last word."""
        try:
            answer = httpx.post(
                settings.SMS_URL, content=body, headers=_headers(sms_id, body), timeout=TIMEOUT
            )
        except httpx.HTTPError as fault:
            return f"gateway: {type(fault).__name__}", False
        except (httpx.InvalidURL, ValueError):
            return "gateway: RTC_SMS_URL is no URL", True
        if answer.is_success:
            return "", True
        return f"gateway: HTTP {answer.status_code}", answer.status_code < 500


def _headers(sms_id: str, body: str) -> dict[str, str]:
    timestamp = str(int(time.time()))
    signed = f"{timestamp}.{body}".encode()
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": sms_id,
        "X-Rtc-Timestamp": timestamp,
        "X-Rtc-Signature": hmac.new(
            settings.SMS_SECRET.encode(), signed, hashlib.sha256
        ).hexdigest(),
    }
