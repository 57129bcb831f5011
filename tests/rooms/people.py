"""People who speak LiveRoom over HTTP, with real tokens, each with an HTTP client of their own."""

import json
from datetime import timedelta

from django.db import transaction
from django.test import Client

from accounts.models import SignatureName, SignatureUser, User
from accounts.services import Device, start_signature_login
from rtcserver.models import Event

APP = "1400000000"


class Person:
    """A signed-in client of the dialect; `code` is the errorCode of the last answer."""

    def __init__(self, name: str) -> None:
        self.user = User.objects.create_user(name=name, portrait_url=f"https://p/{name}")
        self.id = str(self.user.pk)
        registered = SignatureName.objects.create(name=f"{name}-{self.id}", salt="unused")
        SignatureUser.objects.create(user=self.user, name=registered, public_id=self.id)
        self.http = Client()
        self.sign_in()

    def sign_in(self):
        with transaction.atomic():
            issued = start_signature_login(self.user, Device("liveroom", "127.0.0.1"))
        self.token = issued.text

    def call(self, api: str, **given):
        body = {"userId": self.id, "token": self.token} | given
        return self.send(f"rooms/{api}", {name: v for name, v in body.items() if v is not ...})

    def send(self, path: str, body):
        answer = self.http.post(
            f"/base/v1/{path}", json.dumps(body), content_type="application/json"
        )
        assert answer["Content-Type"] == "application/json", answer.content
        envelope = answer.json()
        assert (answer.status_code == 200) is (envelope["errorCode"] == 0), envelope
        return envelope

    def ok(self, api: str, **given):
        answer = self.call(api, **given)
        assert answer["errorCode"] == 0, answer
        return answer.get("data")

    def code(self, api: str, **given) -> int:
        return self.call(api, **given)["errorCode"]

    def enter(self, room_id: str, **given):
        return self.ok("enter_room", **{"appId": APP, "roomId": room_id} | given)

    def listed(self, **given) -> list[str]:
        return [room["roomId"] for room in self.ok("query_room", **{"appId": APP} | given)]

    def detail(self, room_id: str):
        return self.ok("room_detail", roomId=room_id)

    def inside(self, room_id: str) -> list[str]:
        return [row["userId"] for row in self.ok("list_users", roomId=room_id)]

    def alive(self):
        """Any call is a sign of life."""
        self.ok("list_users", roomId="nowhere")

    def sign_out(self):
        body = {"userId": self.id, "token": self.token}
        assert self.send("auth_users/user_logout", body)["errorCode"] == 0


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def events(prefix: str = "room.") -> list[str]:
    told = Event.objects.filter(type__startswith=prefix).order_by("id")
    return [kind.removeprefix(prefix) for kind in told.values_list("type", flat=True)]
