"""The group that staff of one team are in: what they may do; `TeamScoped` decides to which rows."""

from typing import Any

OPERATORS = "Operators"
PERMISSIONS = {
    "accounts": [
        "view_apiclient", "view_team", "add_webhookendpoint", "change_webhookendpoint",
        "delete_webhookendpoint", "view_webhookendpoint", "view_webhookdelivery",
    ],
    "chat": [
        "view_conversation", "change_conversation", "view_message", "change_message",
        "view_mute", "change_mute", "view_report", "change_report",
        "add_blockedword", "change_blockedword", "delete_blockedword", "view_blockedword",
    ],
    "rooms": ["view_room", "change_room", "view_membership", "view_roomban", "view_presence"],
    "rtcserver": ["view_event"],
    "sessions_api": [
        "add_session", "change_session", "view_session",
        "add_participant", "change_participant", "delete_participant", "view_participant",
        "view_callentry", "change_callentry",
    ],
}  # fmt: skip


def ensure_operators(using: str, **signal: Any) -> None:
    """Give the group its permissions; runs after every `migrate`, when they all exist."""
    from django.contrib.auth.models import Group, Permission

    group, _created = Group.objects.using(using).get_or_create(name=OPERATORS)
    permissions = Permission.objects.using(using)
    for app, codenames in PERMISSIONS.items():
        found = permissions.filter(content_type__app_label=app, codename__in=codenames)
        group.permissions.add(*found)
