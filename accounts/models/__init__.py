"""Rows of accounts, one file for each way in; imported from here."""

from accounts.models.clients import AccessToken, ApiClient, Grant, RefreshToken
from accounts.models.logins import Login, SocketToken
from accounts.models.people import Team, TeamMembership, User

__all__ = [
    "AccessToken",
    "ApiClient",
    "Grant",
    "Login",
    "RefreshToken",
    "SocketToken",
    "Team",
    "TeamMembership",
    "User",
]
