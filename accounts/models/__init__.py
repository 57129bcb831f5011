"""Rows of accounts, one file for each way in; imported from here."""

from accounts.models.chatroom import ChatName
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
from accounts.models.signature import (
    LiveRoomToken,
    SignatureName,
    SignatureUser,
    UsedSignature,
)
from accounts.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "AccessToken",
    "ApiClient",
    "ChatName",
    "CodeBudget",
    "FailedLogin",
    "Grant",
    "Image",
    "LiveRoomToken",
    "Login",
    "OutboxMessage",
    "PhoneCode",
    "RefreshToken",
    "SignatureName",
    "SignatureUser",
    "SocketToken",
    "Team",
    "TeamMembership",
    "UsedSignature",
    "User",
    "VerificationToken",
    "WebhookDelivery",
    "WebhookEndpoint",
]
