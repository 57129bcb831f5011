"""What tests do for people, by the services of accounts."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts.models import User
from accounts.services import Device, start_login

PASSWORD = "horse battery"
HASHED = make_password(PASSWORD)


def logged_in(user: User, **options: Any) -> Client:
    """An HTTP client that carries a login of `user`."""
    client = Client(**options)
    _login, key = start_login(user=user, device=Device("sealtalk", "10.0.0.1", "test"))
    client.cookies["rong_im_auth"] = key
    return client
