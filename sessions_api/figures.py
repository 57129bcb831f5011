"""What the installation tells Prometheus of calls (rtcserver/metrics.py)."""

from rtcserver.metrics import Figure, register
from sessions_api.models import CallEntry


def live_calls() -> float:
    """Sessions that somebody is inside of."""
    return float(CallEntry.across_teams.inside().order_by().values("session").distinct().count())


def people_in_calls() -> float:
    return float(CallEntry.across_teams.inside().count())


register(Figure("rtc_live_calls", "Sessions somebody is inside of", live_calls))
register(Figure("rtc_people_in_calls", "People inside of calls", people_in_calls))
