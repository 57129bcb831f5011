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
from accounts.services.codes import send_code, verify_code
from accounts.services.entry import (
    change_password,
    find_by_phone,
    is_phone_free,
    log_in,
    register,
    reset_password,
)
from accounts.services.images import open_image, store_image, upload_token
from accounts.services.imports import BadImport, import_people
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
from accounts.services.profiles import (
    block_user,
    erase_user,
    export_user,
    remove_user,
    set_name,
    set_portrait,
    unblock_user,
)
from accounts.services.sweep import sweep
from accounts.services.teams import create_team, update_team

__all__ = [
    "BadImport",
    "Device",
    "block_user",
    "change_password",
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
    "erase_user",
    "export_user",
    "find_by_phone",
    "find_login",
    "find_login_by_socket_token",
    "import_people",
    "is_phone_free",
    "issue_socket_token",
    "log_in",
    "note_use",
    "open_image",
    "person_with_password",
    "register",
    "remove_user",
    "reset_password",
    "rotate_secret",
    "send_code",
    "set_name",
    "set_password",
    "set_portrait",
    "start_login",
    "store_image",
    "sweep",
    "unblock_user",
    "update_api_client",
    "update_team",
    "upload_token",
    "verify_code",
]
