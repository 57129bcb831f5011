"""Rows of accounts, one file for each way in; imported from here."""

from accounts.models.clients import AccessToken, ApiClient, Grant, RefreshToken
from accounts.models.people import Team, TeamMembership, User
from accounts.models.signature import (
    LiveRoomToken,
    SignatureLogin,
    SignatureName,
    SignatureUser,
    UsedSignature,
)

__all__ = [
    "AccessToken",
    "ApiClient",
    "Grant",
    "LiveRoomToken",
    "RefreshToken",
    "SignatureLogin",
    "SignatureName",
    "SignatureUser",
    "Team",
    "TeamMembership",
    "UsedSignature",
    "User",
]
