"""The event log in the console: read only."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from rtcserver.console import ReadOnly, RecentValues, TeamScopedAdmin
from rtcserver.models import Event


@admin.register(Event)
class EventAdmin(ReadOnly, TeamScopedAdmin):
    team_lookup = "team_id__in"
    list_display = ["happened_at", "type_label", "subject_kind", "subject_id", "actor", "dialect"]
    list_filter = [
        "happened_at", ("type", RecentValues), ("dialect", RecentValues),
        ("actor_kind", RecentValues),
    ]  # fmt: skip
    search_fields = ["=subject_id", "=actor_id", "=type"]
    readonly_fields = ["cursor"]
    ordering = ["-id"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("rtcserver.view_event")

    @display(description=_("type"), ordering="type", label=True)
    def type_label(self, event: Event) -> str:
        return event.type

    @display(description=_("by"))
    def actor(self, event: Event) -> str:
        return f"{event.actor_kind} {event.actor_id}"
