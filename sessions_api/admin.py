"""Sessions and their participants in the console."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from rtcserver.console import OwnTeams, ReadOnly, TeamScopedAdmin, adopt, changes, staff
from sessions_api import services
from sessions_api.models import Participant, Session
from sessions_api.states import State

BADGES = {
    State.SCHEDULED: "info",
    State.STARTED: "success",
    State.ENDED: "default",
    State.CANCELED: "danger",
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.in_state(State(chosen)) if chosen in State.values else queryset


class ParticipantInline(TabularInline):
    model = Participant
    extra = 0
    fields = ["display_name", "role", "state", "picture", "entry_link"]
    readonly_fields = ["entry_link"]
    verbose_name_plural = _("participants (deleting one withdraws the invitation)")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        return super().get_queryset(request).filter(canceled_at=None)

    @display(description=_("entry URL"))
    def entry_link(self, participant: Participant) -> str:
        if participant._state.adding:
            return "-"
        return format_html(
            '<a href="{}" rel="noreferrer" target="_blank">{}</a>',
            participant.entry_url,
            _("open"),
        )


class WithdrawnInline(ReadOnly, TabularInline):
    model = Participant
    extra = 0
    fields = readonly_fields = ["display_name", "role", "state", "canceled_at"]
    verbose_name_plural = _("withdrawn participants")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        return super().get_queryset(request).exclude(canceled_at=None)


@admin.register(Session)
class SessionAdmin(TeamScopedAdmin):
    list_display = ["__str__", "team", "state_badge", "starts_at", "ends_at", "participant_count"]
    list_filter = [StateFilter, "starts_at", ("team", OwnTeams)]
    list_select_related = ["team"]
    search_fields = ["=public_id", "name", "participants__display_name"]
    date_hierarchy = "starts_at"
    ordering = ["-id"]
    readonly_fields = ["public_id", "state_name", "client", "feature_flags", "created_at"]
    fields = [
        "team", "name", "state_name", "starts_at", "ends_at", "picture", "public_id", "client",
        "feature_flags", "created_at",
    ]  # fmt: skip
    inlines = [ParticipantInline, WithdrawnInline]
    actions = ["cancel_selected", "end_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        live = Count("participants", filter=Q(participants__canceled_at=None))
        return super().get_queryset(request).annotate(participants_n=live)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "team"] if obj else list(self.readonly_fields)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        later = ["state_name", "public_id", "client", "feature_flags", "created_at"]
        return [name for name in self.fields if obj or name not in later]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_over = obj is not None and obj.state in (State.ENDED, State.CANCELED)
        return not is_over and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # cancelling is soft: the record of a call stays

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if change:
            services.update_session(obj, changes(form), actor=staff(request))
            return
        chosen = {name: form.cleaned_data[name] for name in form.cleaned_data if name != "team"}
        stored = services.create_session(actor=staff(request), team_id=obj.team_id, **chosen)
        adopt(obj, stored)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        actor = staff(request)
        for participant in formset.deleted_objects:
            services.cancel_participant(participant, actor=actor)
        for participant, _fields in formset.changed_objects:
            [own] = [f for f in formset.initial_forms if f.instance is participant]
            services.update_participant(participant, changes(own), actor=actor)
        for participant in formset.new_objects:
            [own] = [f for f in formset.extra_forms if f.instance is participant]
            stored = services.add_participant(form.instance, actor=actor, **changes(own))
            adopt(participant, stored)

    @display(description=_("state"), label=BADGES)
    def state_badge(self, session: Session) -> tuple[str, Any]:
        return session.state, session.state.label

    @display(description=_("state"))
    def state_name(self, session: Session) -> str:
        return "-" if session._state.adding else str(session.state.label)

    @display(description=_("participants"), ordering="participants_n")
    def participant_count(self, session: Any) -> int:
        return session.participants_n

    @admin.action(description=_("Cancel selected sessions"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        self.apply(request, sessions, services.cancel_session, _("%(count)d cancelled."))

    @admin.action(description=_("End selected sessions now"), permissions=["change"])
    def end_selected(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        self.apply(request, sessions, services.end_session, _("%(count)d ended."))
