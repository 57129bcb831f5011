"""Sessions: the RTCat dialect and its open demo."""

from django.core.exceptions import ImproperlyConfigured

from rtcserver.settings.environment import PRODUCTION, env

RTCAT_ALLOWED_ORIGINS = env.list("RTC_RTCAT_ALLOWED_ORIGINS", default=["*"])  # exact, or *

# Three routes that make sessions and tokens for anybody
RTCAT_DEMO = env.bool("RTC_RTCAT_DEMO", default=not PRODUCTION)
RTCAT_DEMO_TEAM = env.str("RTC_RTCAT_DEMO_TEAM", default="RTCat demo")  # whose they are
if not RTCAT_DEMO_TEAM:
    raise ImproperlyConfigured("RTC_RTCAT_DEMO_TEAM is empty: the demo belongs to a team.")
RTCAT_DEMO_SESSIONS = env.int("RTC_RTCAT_DEMO_SESSIONS", default=1000)  # live at once
RTCAT_DEMO_TOKENS = env.int("RTC_RTCAT_DEMO_TOKENS", default=10_000)
RTCAT_DEMO_CALLS_PER_MINUTE = env.int(
    "RTC_RTCAT_DEMO_CALLS_PER_MINUTE", default=30 if PRODUCTION else 600
)  # from one address
