"""Everything that changes rows of accounts, one file for each kind; imported from here."""

from accounts.services.clients import (
    create_api_client,
    create_auth_code,
    disable_api_client,
    enable_api_client,
    end_tokens,
    rotate_secret,
    sweep_access_tokens,
    update_api_client,
)
from accounts.services.liveroom_tokens import (
    IssuedToken,
    end_signature_login,
    end_signature_logins,
    live_token,
    removable_token,
    renew_token,
    start_login,
    sweep_liveroom_tokens,
)
from accounts.services.people import (
    create_api_user,
    create_user_of_staff,
    person_with_password,
    remove_person,
    set_password,
)
from accounts.services.signature import (
    find_signature_user,
    register_name,
    remove_signature_user,
    sign_in,
    sweep_used_signatures,
    update_signature_user,
)
from accounts.services.teams import create_team, update_team

__all__ = [
    "IssuedToken",
    "create_api_client",
    "create_api_user",
    "create_auth_code",
    "create_team",
    "create_user_of_staff",
    "disable_api_client",
    "enable_api_client",
    "end_signature_login",
    "end_signature_logins",
    "end_tokens",
    "find_signature_user",
    "live_token",
    "person_with_password",
    "register_name",
    "removable_token",
    "remove_person",
    "remove_signature_user",
    "renew_token",
    "rotate_secret",
    "set_password",
    "sign_in",
    "start_login",
    "sweep_access_tokens",
    "sweep_liveroom_tokens",
    "sweep_used_signatures",
    "update_api_client",
    "update_signature_user",
    "update_team",
]
