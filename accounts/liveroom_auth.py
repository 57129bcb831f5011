"""Who asks in the LiveRoom dialect; the base of its views here and in the apps above."""

from typing import Any

from accounts.models import LiveRoomToken, User
from accounts.services import live_token
from accounts.signals import user_seen
from rtcserver.events import Actor
from rtcserver.wire.liveroom import LiveRoomView, UserParameters


class LiveRoomUserView(LiveRoomView):
    """A view for signed-in people: `self.user`, whose wire id is `self.user_id`."""

    Parameters = UserParameters
    missing_code = 204

    token: LiveRoomToken

    @property
    def user(self) -> User:
        return self.token.login.user

    @property
    def user_id(self) -> str:
        return self.user.signature_user.public_id or ""

    @property
    def actor(self) -> Actor:
        return Actor("person", self.user.public_id, "liveroom")

    def identify(self, given: dict[str, Any]) -> None:
        self.token = live_token(user_id=given.pop("user_id"), token=given.pop("token"))
        user_seen.send(sender=User, user=self.user, login=self.token.login)
