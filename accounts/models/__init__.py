"""Rows of accounts, one file for each way in; imported from here."""

from accounts.models.clients import AccessToken, ApiClient, Grant, RefreshToken
from accounts.models.images import Image
from accounts.models.logins import Login, SocketToken
from accounts.models.people import Team, TeamMembership, User
from accounts.models.phones import (
    CodeBudget,
    FailedLogin,
    OutboxMessage,
    PhoneCode,
    VerificationToken,
)

__all__ = [
    "AccessToken",
    "ApiClient",
    "CodeBudget",
    "FailedLogin",
    "Grant",
    "Image",
    "Login",
    "OutboxMessage",
    "PhoneCode",
    "RefreshToken",
    "SocketToken",
    "Team",
    "TeamMembership",
    "User",
    "VerificationToken",
]
