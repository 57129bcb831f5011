"""`/v1/sessions`, `/v1/participants` and their calls."""

from sessions_api.views.base import TeamView
from sessions_api.views.calls import (
    AdmitParticipant,
    Attendance,
    AttendanceFile,
    EjectParticipant,
    RefuseParticipant,
    WaitingPeople,
)
from sessions_api.views.sessions import (
    OneParticipant,
    OneSession,
    SessionList,
    SessionParticipants,
    Sessions,
)

__all__ = [
    "AdmitParticipant",
    "Attendance",
    "AttendanceFile",
    "EjectParticipant",
    "OneParticipant",
    "OneSession",
    "RefuseParticipant",
    "SessionList",
    "SessionParticipants",
    "Sessions",
    "TeamView",
    "WaitingPeople",
]
