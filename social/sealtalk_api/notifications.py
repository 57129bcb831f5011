"""Notifications as the messages that the original clients know."""

from typing import Any

from rtcserver.models import Event
from rtcserver.wire.sealtalk import shown_text
from social.sealtalk_api.base import BULLETIN_LENGTH, MESSAGE_LENGTH, name

CONTACT, GROUP = "RC:ContactNtf", "RC:GrpNtf"
CONTACT_OPERATIONS = {
    "friendship.requested": "Request",
    "friendship.accepted": "AcceptResponse",
}
GROUP_OPERATIONS = {
    "group.created": "Create",
    "group.members_added": "Add",
    "group.members_kicked": "Kicked",
    "group.member_left": "Quit",
    "group.renamed": "Rename",
    "group.dismissed": "Dismiss",
    "group.transferred": "Transfer",
    "group.bulletin_set": "Bulletin",
}


def message_of(event: Event) -> tuple[str, dict[str, Any]]:
    """Return the object name and the content of the message that tells of `event`.

    Raises:
        KeyError: The event notifies nobody.
    """
    if event.type in CONTACT_OPERATIONS:
        return CONTACT, _contact(event.type, event.payload)
    return GROUP, _group(GROUP_OPERATIONS[event.type], event.payload)


def _contact(event_type: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "operation": CONTACT_OPERATIONS[event_type],
        "sourceUserId": facts["user"]["id"],
        "targetUserId": facts["friend"]["id"],
        "message": shown_text(facts["message"], MESSAGE_LENGTH),
        "extra": {"sourceUserNickname": name(facts["user"]["name"]), "version": facts["stamp"]},
    }


def _group(operation: str, facts: dict[str, Any]) -> dict[str, Any]:
    fields = {"timestamp": facts["stamp"], **_fields(operation, facts)}
    return {
        "operatorUserId": facts["by"]["id"],
        "operation": operation,
        # The web client reads the inner copy alone, Android the outer one.
        "data": {**fields, "data": fields},
        "message": "",
    }


def _fields(operation: str, facts: dict[str, Any]) -> dict[str, Any]:
    if operation == "Transfer":
        old, new = facts["old_creator"], facts["new_creator"]
        return {
            "oldCreatorId": old["id"],
            "oldCreatorName": name(old["name"]),
            "newCreatorId": new["id"],
            "newCreatorName": name(new["name"]),
        }
    fields: dict[str, Any] = {"operatorNickname": name(facts["by"]["name"])}
    if operation in ("Create", "Rename"):
        fields["targetGroupName"] = name(facts["group"]["name"])
    if "people" in facts:
        fields["targetUserIds"] = [person["id"] for person in facts["people"]]
        fields["targetUserDisplayNames"] = [name(person["name"]) for person in facts["people"]]
    if operation == "Quit":
        fields["newCreatorId"] = facts["new_creator"] and facts["new_creator"]["id"]
    if operation == "Bulletin":
        fields["bulletin"] = shown_text(facts["bulletin"], BULLETIN_LENGTH)
    return fields
