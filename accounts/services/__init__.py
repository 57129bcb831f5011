"""Everything that changes rows of accounts, one file for each kind; imported from here."""

from accounts.services.clients import (
    create_api_client,
    create_auth_code,
    disable_api_client,
    enable_api_client,
    end_tokens,
    rotate_secret,
    update_api_client,
)
from accounts.services.people import (
    create_api_user,
    create_user_of_staff,
    person_with_password,
    set_password,
)
from accounts.services.teams import create_team, update_team

__all__ = [
    "create_api_client",
    "create_api_user",
    "create_auth_code",
    "create_team",
    "create_user_of_staff",
    "disable_api_client",
    "enable_api_client",
    "end_tokens",
    "person_with_password",
    "rotate_secret",
    "set_password",
    "update_api_client",
    "update_team",
]
