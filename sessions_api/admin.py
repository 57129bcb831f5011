"""Sessions and their participants in the console."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display

from rtcserver.console import OwnTeams, ReadOnly, TeamScopedAdmin, adopt, changes, staff
from rtcserver.events import Actor
from rtcserver.models import Event
from sessions_api import attendance, services
from sessions_api.errors import NotInside, NotWaiting
from sessions_api.models import CallEntry, Participant, Session
from sessions_api.states import State

BADGES = {
    State.SCHEDULED: "info",
    State.STARTED: "success",
    State.ENDED: "default",
    State.CANCELED: "danger",
}


ENTRY_BADGES = {
    CallEntry.State.WAITING: "warning",
    CallEntry.State.INSIDE: "success",
    CallEntry.State.LEFT: "default",
    CallEntry.State.REFUSED: "danger",
    CallEntry.State.EJECTED: "danger",
}
SHOWN = 200  # rows of a table on the page of a session


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.in_state(State(chosen)) if chosen in State.values else queryset


class EndFilter(admin.SimpleListFilter):
    title = _("end")
    parameter_name = "end"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("never", _("permanent")), ("some", _("with an end"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.permanent(are=chosen == "never") if chosen else queryset


class ParticipantInline(TabularInline):
    model = Participant
    extra = 0
    fields = [
        "display_name", "role", "can_publish", "expires_at", "state", "picture", "entry_link",
    ]  # fmt: skip
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
    list_display = ["__str__", "team", "state_badge", "starts_at", "end", "participant_count"]
    list_filter = [StateFilter, EndFilter, "starts_at", ("team", OwnTeams)]
    list_select_related = ["team"]
    search_fields = ["=public_id", "name", "participants__display_name"]
    ordering = ["-id"]
    readonly_fields = [
        "public_id", "state_name", "client", "key", "live_days", "feature_flags", "created_at",
        "actual_started_at", "actual_ended_at", "people", "timeline",
    ]  # fmt: skip
    fields = [
        "team", "name", "state_name", "starts_at", "ends_at", "has_lobby", "route", "picture",
        "data", "public_id", "client", "key", "live_days", "feature_flags", "created_at",
        "actual_started_at", "actual_ended_at", "people", "timeline",
    ]  # fmt: skip
    inlines = [ParticipantInline, WithdrawnInline]
    actions = ["cancel_selected", "end_selected"]
    actions_detail = ["attendance_file"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        live = Count("participants", filter=Q(participants__canceled_at=None))
        return super().get_queryset(request).annotate(participants_n=live)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "team"] if obj else list(self.readonly_fields)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.fields if obj or name not in self.readonly_fields]

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
        planned = services.create_session(actor=staff(request), team_id=obj.team_id, **chosen)
        adopt(obj, planned.session)

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

    @display(description=_("ends at"), ordering="ends_at")
    def end(self, session: Session) -> Any:
        return session.ends_at or _("permanent")

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

    @display(description=_("in the call"))
    def people(self, session: Session) -> SafeString:
        """Who waits and who is inside; the rest is a click away."""
        entries = attendance.entries_of(session).open().with_person()
        every = reverse("admin:sessions_api_callentry_changelist")
        shown = {"entries": entries[:SHOWN], "every": f"{every}?session__id__exact={session.pk}"}
        return render_to_string("admin/call_people.html", shown)

    @display(description=_("timeline"))
    def timeline(self, session: Session) -> SafeString:
        events = Event.objects.about("session", str(session.public_id))
        return render_to_string("admin/call_timeline.html", {"events": events[:SHOWN]})

    @action(description=_("Attendance as CSV"), icon="download", permissions=["view"])
    def attendance_file(self, request: HttpRequest, object_id: int) -> HttpResponse:
        session = self.get_object(request, str(object_id))
        if session is None:
            raise Http404
        return attendance.as_file(session)


@admin.register(CallEntry)
class CallEntryAdmin(ReadOnly, TeamScopedAdmin):
    """Who waits, who is inside and who was, with what staff can do about it."""

    team_lookup = "session__team__in"
    list_display = [
        "person", "role", "state_badge", "session", "waiting_since", "joined_at", "left_at",
        "reason",
    ]  # fmt: skip
    list_filter = ["state", "arrived_at", ("session__team", OwnTeams)]
    list_select_related = ["participant__session", "session"]
    search_fields = ["=session__public_id", "session__name", "participant__display_name"]
    ordering = ["-id"]
    fields = [
        "session", "person", "role", "state", "reason", "arrived_at", "waiting_since",
        "admitted_at", "admitted_by", "joined_at", "left_at",
    ]  # fmt: skip
    readonly_fields = ["person", "role"]
    actions = ["admit_selected", "refuse_selected", "eject_selected"]

    @display(description=_("person"), ordering="participant__display_name")
    def person(self, entry: CallEntry) -> str:
        return str(entry.participant)

    @display(description=_("role"), ordering="participant__role")
    def role(self, entry: CallEntry) -> Any:
        return entry.participant.get_role_display()

    @display(description=_("state"), ordering="state", label=ENTRY_BADGES)
    def state_badge(self, entry: CallEntry) -> tuple[str, Any]:
        return entry.state, entry.get_state_display()

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sessions_api.change_callentry")

    @admin.action(description=_("Let selected people in"), permissions=["decide"])
    def admit_selected(self, request: HttpRequest, entries: QuerySet[CallEntry]) -> None:
        queue = entries.order_by("waiting_since", "id")
        self.apply(request, queue, _admit, _("%(count)d let in."))

    @admin.action(description=_("Refuse selected people"), permissions=["decide"])
    def refuse_selected(self, request: HttpRequest, entries: QuerySet[CallEntry]) -> None:
        self.apply(request, entries, _refuse, _("%(count)d refused."))

    @admin.action(description=_("Put selected people out"), permissions=["decide"])
    def eject_selected(self, request: HttpRequest, entries: QuerySet[CallEntry]) -> None:
        self.apply(request, entries, _eject, _("%(count)d put out."))


# A row may show an old stay of somebody who is back: what is done is done to the stay shown.


def _admit(entry: CallEntry, *, actor: Actor) -> None:
    if entry.state != CallEntry.State.WAITING:
        raise NotWaiting("They do not wait.")
    services.admit(entry.participant, actor=actor)


def _refuse(entry: CallEntry, *, actor: Actor) -> None:
    if entry.state != CallEntry.State.WAITING:
        raise NotWaiting("They do not wait.")
    services.refuse(entry.participant, actor=actor)


def _eject(entry: CallEntry, *, actor: Actor) -> None:
    if entry.state != CallEntry.State.INSIDE:
        raise NotInside("They are not in the call.")
    services.eject(entry.participant, actor=actor)
