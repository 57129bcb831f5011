"""Codes, registration, login and passwords."""

from typing import Any

from drf_spectacular.utils import extend_schema
from limits import parse
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.sealtalk_api import forms
from rtcserver.wire.cookies import clear_cookie, set_cookie
from rtcserver.wire.sealtalk import OpenView, SealTalkView, ok
from rtcserver.wire.throttles import hit

TAG = "SealTalk dialect"
LOOKUPS = parse("60/hour")  # of phones, per address or person: they tell who is registered
PROOFS = parse("60/hour")  # tries of codes and tokens per address


class EntryView(OpenView):
    """An open view that knows the device it is called from."""

    @property
    def device(self) -> services.Device:
        agent = self.request.headers.get("User-Agent", "")
        return services.Device("sealtalk", self.address, agent)

    def slow_down(self, limit: Any, name: str) -> None:
        """Raise Throttled beyond `limit` for this address."""
        if wait := hit(limit, name, self.address):
            raise Throttled(wait)


class SendCode(EntryView):
    @extend_schema(
        operation_id="sealtalk_send_code",
        tags=[TAG],
        auth=[],
        request=forms.PhoneForm,
        responses=forms.Done,
    )
    def post(self, request: Request) -> Response:
        """Send a code of six digits to a phone; one a minute."""
        services.send_code(**self.parsed(forms.PhoneForm), address=self.address)
        return ok()


class VerifyCode(EntryView):
    @extend_schema(
        operation_id="sealtalk_verify_code",
        tags=[TAG],
        auth=[],
        request=forms.CodeForm,
        responses=forms.Verified,
    )
    def post(self, request: Request) -> Response:
        """Exchange a code for a verification token of 15 minutes."""
        given = self.parsed(forms.CodeForm)
        self.slow_down(PROOFS, "verify_code")
        return ok({"verification_token": services.verify_code(**given)})


class CheckPhone(EntryView):
    @extend_schema(
        operation_id="sealtalk_check_phone_available",
        tags=[TAG],
        auth=[],
        request=forms.PhoneForm,
        responses=forms.Free,
    )
    def post(self, request: Request) -> Response:
        """Whether nobody has registered with a phone."""
        given = self.parsed(forms.PhoneForm)
        self.slow_down(LOOKUPS, "check_phone")
        return ok(services.is_phone_free(**given))


class Register(EntryView):
    @extend_schema(
        operation_id="sealtalk_register",
        tags=[TAG],
        auth=[],
        request=forms.RegisterForm,
        responses=forms.Registered,
    )
    def post(self, request: Request) -> Response:
        """Register with a verification token; sets the login cookie."""
        given = self.parsed(forms.RegisterForm)
        user, key = services.register(
            name=given["nickname"],
            password=given["password"],
            token=given["verification_token"],
            device=self.device,
        )
        answer = ok({"id": user.public_id})
        set_cookie(answer, key)
        return answer


class LogIn(EntryView):
    @extend_schema(
        operation_id="sealtalk_login",
        tags=[TAG],
        auth=[],
        request=forms.LoginForm,
        responses=forms.LoggedInAnswer,
    )
    def post(self, request: Request) -> Response:
        """Log in by phone and password; sets the login cookie. `token` is for the WebSocket."""
        login, key = services.log_in(**self.parsed(forms.LoginForm), device=self.device)
        token = services.issue_socket_token(login)
        answer = ok({"id": login.user.public_id, "token": token})
        set_cookie(answer, key)
        return answer


class LogOut(SealTalkView):
    @extend_schema(operation_id="sealtalk_logout", tags=[TAG], request=None, responses=forms.Done)
    def post(self, request: Request) -> Response:
        """End this login and clear the cookie."""
        services.end_login(self.login, actor=self.actor)
        answer = ok()
        clear_cookie(answer)
        return answer


class ResetPassword(EntryView):
    @extend_schema(
        operation_id="sealtalk_reset_password",
        tags=[TAG],
        auth=[],
        request=forms.ResetForm,
        responses=forms.Done,
    )
    def post(self, request: Request) -> Response:
        """Set a password with a verification token; all logins end."""
        given = self.parsed(forms.ResetForm)
        services.reset_password(
            token=given["verification_token"], password=given["password"], dialect="sealtalk"
        )
        return ok()


class ChangePassword(SealTalkView):
    @extend_schema(
        operation_id="sealtalk_change_password",
        tags=[TAG],
        request=forms.ChangePasswordForm,
        responses=forms.Done,
    )
    def post(self, request: Request) -> Response:
        """Replace the password; all other logins end."""
        given = self.parsed(forms.ChangePasswordForm)
        services.change_password(
            login=self.login,
            old=given["oldPassword"],
            new=given["newPassword"],
            actor=self.actor,
            address=self.address,
        )
        return ok()


class GetToken(SealTalkView):
    @extend_schema(operation_id="sealtalk_get_token", tags=[TAG], responses=forms.TokenAnswer)
    def get(self, request: Request) -> Response:
        """A fresh token for the WebSocket; it ends with the login."""
        token = services.issue_socket_token(self.login)
        return ok({"userId": self.person.public_id, "token": token})


class SmsImage(OpenView):
    @extend_schema(
        operation_id="sealtalk_get_sms_img_code",
        tags=[TAG],
        auth=[],
        responses=forms.SmsImageAnswer,
    )
    def get(self, request: Request) -> Response:
        """No picture has to be solved before a code is sent: both members are empty."""
        return ok({"url": "", "verifyId": ""})
