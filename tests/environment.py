"""Loaded by pytest before the settings: the same settings as in service, of this run's own."""

import os
import tempfile

os.environ.update(
    RTC_PROFILE="development",
    RTC_SECRET_KEY="tests only, never a server's",
    RTC_STATE_DIR=tempfile.mkdtemp(prefix="rtcserver-tests-"),
    RTC_PUBLIC_BASE_URL="http://127.0.0.1:8000",
    RTC_REDIS_PREFIX=f"tests-{os.getpid()}",
)
