"""Demo data of `make run`: two teams, a key each, sessions in every state, two languages."""

import json
import os
import secrets
from typing import TypedDict

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services import create_user_of_staff, rotate_secret, set_password
from rtcserver.demo.people import TALKERS, create_demo_people, give_passwords
from rtcserver.demo.rooms import create_demo_rooms
from rtcserver.demo.sessions import create_demo_sessions, running_entry_urls
from rtcserver.demo.talk import create_demo_talk
from rtcserver.demo.teams import DEMO, create_demo_teams, demo_client

ADMIN = "admin"


class DemoFacts(TypedDict, total=False):
    """What the newcomer needs; kept in `.rtcserver/demo.json`, readable by the owner only."""

    base_url: str
    admin_user: str
    admin_password: str
    api_key: str
    key_secret: str
    host_entry_url: str
    guest_entry_url: str
    chat_phone: str
    chat_friend_phone: str
    chat_password: str


@transaction.atomic
def ensure_demo(known: DemoFacts) -> DemoFacts:
    """Create what is missing of the demo and return the facts to show.

    Secrets are hashed at rest: the ones that `known` has lost are replaced.
    """
    facts: DemoFacts = {"base_url": settings.PUBLIC_BASE_URL, "admin_user": ADMIN}
    facts["admin_password"] = _admin_password(known)
    client = demo_client()
    if client is None:
        client, facts["key_secret"] = create_demo_teams()
        create_demo_sessions(client)
    else:
        facts["key_secret"] = known.get("key_secret") or rotate_secret(client, actor=DEMO)
    create_demo_rooms()
    create_demo_people()
    create_demo_talk()
    facts["chat_phone"], facts["chat_friend_phone"] = TALKERS
    facts["chat_password"] = _chat_password(known)
    facts["api_key"] = client.client_id
    facts["host_entry_url"], facts["guest_entry_url"] = running_entry_urls(client)
    return facts


def _admin_password(known: DemoFacts) -> str:
    user = User.objects.filter(username=ADMIN).first()
    if user and "admin_password" in known:
        return known["admin_password"]
    password = os.environ.get("RTC_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
    if user:
        set_password(user, password, actor=DEMO)
    else:
        create_user_of_staff(actor=DEMO, username=ADMIN, password=password, is_superuser=True)
    return password


def _chat_password(known: DemoFacts) -> str:
    if "chat_password" in known:
        return known["chat_password"]
    password = secrets.token_urlsafe(12)
    give_passwords(password)
    return password


def read_facts() -> DemoFacts:
    try:
        return json.loads((settings.STATE_DIR / "demo.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}


def write_facts(facts: DemoFacts) -> None:
    path = settings.STATE_DIR / "demo.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(facts, file, indent=2)
