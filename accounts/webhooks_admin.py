"""Webhooks in the console: who is told, what became of it, test and replay."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.models import WebhookDelivery, WebhookEndpoint
from rtcserver.console import OwnTeams, ReadOnly, TeamScopedAdmin, adopt, changes, staff

TOLD_ONCE = _("The signing secret of this webhook, shown this once: %(secret)s")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(TeamScopedAdmin):
    list_display = ["url", "team", "is_active", "description", "created_at"]
    list_filter = ["is_active", ("team", OwnTeams)]
    list_select_related = ["team"]
    search_fields = ["url", "=public_id"]
    fields = ["team", "url", "description", "event_types", "is_active"]
    actions = ["send_test", "renew_secret"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["team"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: ModelForm, change: bool
    ) -> None:
        if change:
            services.change_webhook(obj, changes(form), actor=staff(request))
            return
        given = form.cleaned_data
        stored, secret = services.create_webhook(
            actor=staff(request),
            team=given["team"],
            url=given["url"],
            description=given["description"],
            event_types=given["event_types"] or [],
        )
        adopt(obj, stored)
        self.message_user(request, TOLD_ONCE % {"secret": secret}, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: WebhookEndpoint) -> None:
        services.delete_webhook(obj, actor=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset:
            services.delete_webhook(endpoint, actor=staff(request))

    @admin.action(description=_("Send a test event"), permissions=["change"])
    def send_test(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        self.apply(request, endpoints, services.test_webhook, _("%(count)d queued."))

    @admin.action(description=_("Renew the signing secret"), permissions=["change"])
    def renew_secret(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in endpoints:
            secret = services.renew_webhook_secret(endpoint, actor=staff(request))
            self.message_user(request, TOLD_ONCE % {"secret": secret}, messages.WARNING)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, TeamScopedAdmin):
    team_lookup = "endpoint__team__in"
    list_display = [
        "created_at",
        "event",
        "endpoint",
        "state",
        "attempts",
        "answer_status",
        "error",
    ]
    list_filter = ["state"]
    list_select_related = ["event", "endpoint"]
    search_fields = ["endpoint__url", "event__type"]
    ordering = ["-id"]
    actions = ["replay"]

    @admin.action(description=_("Send again"), permissions=["replay"])
    def replay(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        found = deliveries.select_related("endpoint")
        self.apply(request, found, services.replay_delivery, _("%(count)d queued."))

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_webhookendpoint")
