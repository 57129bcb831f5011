"""Logins, codes and the outbox in the console: read, and logins ended."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts import services
from accounts.models import ChatName, Login, OutboxMessage, PhoneCode, User
from rtcserver.console import ConsoleAdmin, ReadOnly, RecentValues

NEWEST = 20


class LoginInline(ReadOnly, TabularInline):
    model = Login
    extra = 0
    fields = ["created_at", "seen_at", "ended_at", "dialect", "address", "user_agent"]
    verbose_name_plural = _("logins and devices")
    per_page = NEWEST


class ChatNameInline(ReadOnly, TabularInline):
    model = ChatName
    extra = 0
    fields = ["name", "tel", "created_at"]


@admin.register(Login)
class LoginAdmin(ReadOnly, ConsoleAdmin):
    """Who is logged in through which dialect; ending one ends its tokens and sockets too."""

    list_display = [
        "user", "wire_id", "state", "dialect", "address", "user_agent", "created_at", "seen_at",
    ]  # fmt: skip
    list_filter = [
        ("dialect", RecentValues),
        "created_at",
        ("ended_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["user__signature_user"]
    search_fields = [
        "=user__public_id",
        "=user__signature_user__public_id",
        "=user__phone",
        "user__name",
        "=address",
    ]
    ordering = ["-id"]
    actions = ["end_selected"]
    fields = [
        "user", "dialect", "address", "user_agent",
        "created_at", "seen_at", "expires_at", "ended_at",
    ]  # fmt: skip

    @display(description=_("state"), label={True: "success", False: "default"})
    def state(self, login: Login) -> tuple[bool, Any]:
        is_open = login.ended_at is None and login.expires_at > timezone.now()
        return is_open, _("open") if is_open else _("ended")

    @display(description=_("user id"), ordering="user__signature_user__public_id")
    def wire_id(self, login: Login) -> str | None:
        known = getattr(login.user, "signature_user", None)
        return known and known.public_id

    @admin.action(description=_("End selected logins"), permissions=["end"])
    def end_selected(self, request: HttpRequest, logins: QuerySet[Login]) -> None:
        found = logins.select_related("user")
        self.apply(request, found, services.end_login, _("%(count)d ended."))

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_login")


@admin.register(PhoneCode)
class PhoneCodeAdmin(ReadOnly, ConsoleAdmin):
    list_display = [
        "created_at",
        "region",
        "masked_phone",
        "address",
        "tries",
        "used_at",
        "failure",
    ]
    list_filter = [("region", RecentValues), "created_at"]
    search_fields = ["=phone", "=address"]
    ordering = ["-id"]
    fields = [
        "region", "masked_phone", "address", "created_at", "tries", "used_at", "failure",
    ]  # fmt: skip


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnly, ConsoleAdmin):
    list_display = ["created_at", "region", "phone", "text"]
    search_fields = ["=phone"]
    ordering = ["-id"]


def codes_of(user: User) -> str:
    """The newest codes sent to a person's phone; never the codes themselves."""
    if not user.phone:
        return "-"
    codes = PhoneCode.objects.of_phone(user.region, user.phone).order_by("-id")[:NEWEST]
    lines = [
        (f"{code.created_at:%Y-%m-%d %H:%M:%S} UTC", code.masked_phone, code.failure)
        for code in codes
    ]
    return format_html_join("", "<div>{} {} {}</div>", lines) or "-"
