"""Everything that changes sessions, participants and calls.

Rules: docs/dialects/coviu.md, docs/dialects/rtcat.md, docs/calls.md.
"""

from sessions_api.services.calls import (
    closing_at,
    disconnect,
    eject,
    leave,
    others_inside,
    peer,
    renew,
    require_both_inside,
    require_host,
    require_relayed,
    roster,
    settle,
    sweep_calls,
)
from sessions_api.services.demo import (
    demo_team,
    issue_demo_tokens,
    named_session,
    open_demo_session,
    sweep_demo,
)
from sessions_api.services.entries import (
    as_actor,
    call_topic,
    facts,
    participant_topic,
    peer_topic,
)
from sessions_api.services.lobby import (
    Arrival,
    admit,
    admit_all,
    arrive,
    may_decide,
    refuse,
    require_decider,
    waiting_of,
)
from sessions_api.services.locks import locked_session
from sessions_api.services.media import keep_out, media_access
from sessions_api.services.open_sessions import (
    issue_tokens,
    open_session,
    update_open_session,
    update_token,
)
from sessions_api.services.participants import (
    ParticipantFields,
    add_participant,
    cancel_participant,
    update_participant,
    withdraw_participant,
)
from sessions_api.services.sessions import (
    cancel_session,
    create_session,
    end_session,
    update_session,
    withdraw_session,
)

__all__ = [
    "Arrival",
    "ParticipantFields",
    "add_participant",
    "admit",
    "admit_all",
    "arrive",
    "as_actor",
    "call_topic",
    "cancel_participant",
    "cancel_session",
    "closing_at",
    "create_session",
    "demo_team",
    "disconnect",
    "eject",
    "end_session",
    "facts",
    "issue_demo_tokens",
    "issue_tokens",
    "keep_out",
    "leave",
    "locked_session",
    "may_decide",
    "media_access",
    "named_session",
    "open_demo_session",
    "open_session",
    "others_inside",
    "participant_topic",
    "peer",
    "peer_topic",
    "refuse",
    "renew",
    "require_both_inside",
    "require_decider",
    "require_host",
    "require_relayed",
    "roster",
    "settle",
    "sweep_calls",
    "sweep_demo",
    "update_open_session",
    "update_participant",
    "update_session",
    "update_token",
    "waiting_of",
    "withdraw_participant",
    "withdraw_session",
]
