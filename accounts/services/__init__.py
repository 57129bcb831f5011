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
from accounts.services.logins import (
    Device,
    end_login,
    end_logins,
    find_login,
    find_login_by_socket_token,
    issue_socket_token,
    note_use,
    start_login,
)
from accounts.services.people import (
    create_api_user,
    create_user_of_staff,
    person_with_password,
    set_password,
)
from accounts.services.teams import create_team

__all__ = [
    "Device",
    "create_api_client",
    "create_api_user",
    "create_auth_code",
    "create_team",
    "create_user_of_staff",
    "disable_api_client",
    "enable_api_client",
    "end_login",
    "end_logins",
    "end_tokens",
    "find_login",
    "find_login_by_socket_token",
    "issue_socket_token",
    "note_use",
    "person_with_password",
    "rotate_secret",
    "set_password",
    "start_login",
    "update_api_client",
]
