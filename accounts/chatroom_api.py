"""Chatroom dialect: `/auth/...` (docs/dialects/chatroom.md)."""

import re
from typing import Any

from django.conf import settings
from limits import parse
from rest_framework.exceptions import ParseError, Throttled
from rest_framework.response import Response

from accounts import services
from accounts.errors import UnknownUser, WrongPassword
from accounts.models import ChatName
from accounts.services import Device
from rtcserver.wire.base import client_address
from rtcserver.wire.chatroom import ChatroomView, answer, text
from rtcserver.wire.chatroom_frames import MAX_NAME
from rtcserver.wire.throttles import hit, wait_seconds

FAILURES = parse("10/5 minutes")  # per number and address
FAILURES_OF_ADDRESS = parse("60/hour")
REGISTRATIONS = parse("60/hour")  # per address
LOOKUPS = parse("60/minute")  # per address
INT32 = 2**31 - 1


class Register(ChatroomView):
    """Register a person: a number to log in with and a name that nobody has."""

    parameters = ("user_tel", "user_name", "user_password")

    def act(self, sent: dict[str, Any]) -> Response:
        tel, name, password = (text(sent, each) for each in self.parameters)
        number = tel_of(tel)
        if number is None or len(name) > MAX_NAME or not name.strip():
            raise ParseError
        if wait := hit(REGISTRATIONS, "chatroom register", client_address(self.request)):
            raise Throttled(wait)
        services.register_chat_name(tel=number, name=name, password=password)
        return answer("register successfully")


class Login(ChatroomView):
    """Log in by number and password; counts for the address for 12 hours."""

    parameters = ("user_tel", "user_password")

    def act(self, sent: dict[str, Any]) -> Response:
        tel, password = (text(sent, each) for each in self.parameters)
        address = client_address(self.request)
        attempt = ("chatroom login", address, tel)
        if wait_seconds(FAILURES, *attempt) or wait_seconds(FAILURES_OF_ADDRESS, *attempt[:2]):
            return answer("password wrong", data={})  # the wire has no text for "too often"
        try:
            entered = self.enter(tel, password, address)
        except (UnknownUser, WrongPassword) as refusal:
            hit(FAILURES, *attempt)
            hit(FAILURES_OF_ADDRESS, *attempt[:2])
            unknown = isinstance(refusal, UnknownUser)
            return answer("user not exist" if unknown else "password wrong", data={})
        data = described(entered.known, tel_of(tel)) | {"user_password": ""}  # once sent back
        if settings.CHATROOM_AUTH == "ticket":
            data["ws_ticket"] = services.issue_chat_ticket(entered.known)
        return answer("login successfully", data=data)

    def enter(self, tel: str, password: str, address: str) -> services.ChatLogin:
        number = tel_of(tel)
        if number is None:
            raise UnknownUser
        user_agent = self.request.headers.get("User-Agent", "")
        device = Device("chatroom", address, user_agent)
        return services.log_in_by_tel(tel=number, password=password, device=device)


class UserData(ChatroomView):
    """A registered person, by number or by name."""

    parameters = optional = ("user_tel", "user_name")

    def act(self, sent: dict[str, Any]) -> Response:
        if wait := hit(LOOKUPS, "chatroom user_data", client_address(self.request)):
            raise Throttled(wait)
        if sent.get("user_tel"):
            number = tel_of(text(sent, "user_tel"))
            if number is None:
                raise UnknownUser
            known = services.find_chat_name(tel=number)
        else:
            known = services.find_chat_name(name=text(sent, "user_name"))
        return answer("get user data successfully", data=described(known))


def described(known: ChatName, typed: int | None = None) -> dict[str, Any]:
    """Others see the number typed at registration, never a phone that was proved elsewhere."""
    tel = typed or known.tel or 0
    return {
        "user_tel": 0 if settings.CHATROOM_TEL_INT32 and tel > INT32 else tel,
        "user_name": known.name,
        "user_avatar_url": known.user.portrait_url,
    }


def tel_of(sent: str) -> int | None:
    """The number that was typed; None for what is none."""
    return int(sent) if re.fullmatch(r"\+?[0-9]{1,15}", sent, re.ASCII) else None
