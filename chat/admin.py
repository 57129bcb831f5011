"""Conversations in the console: what was said, who is muted, what was reported."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from chat import services
from chat.models import BlockedWord, Conversation, Message, Mute, Report
from chat.services import Speaker
from rtcserver.console import OwnTeams, ReadOnly, TeamScopedAdmin, staff
from rtcserver.events import Actor

SHOWN = 120  # characters of a message in a list
STATES = {
    Report.State.OPEN: "warning",
    Report.State.DISMISSED: "default",
    Report.State.DELETED: "danger",
    Report.State.MUTED: "danger",
}


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Conversation.KINDS

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        kind = self.value()
        return queryset.of_kind(kind) if kind in dict(Conversation.KINDS) else queryset


class MuteInline(ReadOnly, TabularInline):
    model = Mute
    extra = 0
    fields = readonly_fields = ["sender_name", "sender_key", "until", "created_at"]


class MessageInline(ReadOnly, TabularInline):
    model = Message
    extra = 0
    per_page = 50
    ordering = ["-seq"]
    show_change_link = True
    fields = readonly_fields = ["seq", "kind", "sender_name", "said", "created_at", "removed_at"]
    verbose_name_plural = _("what was said, the latest first")

    @display(description=_("text"))
    def said(self, message: Message) -> str:
        return shortened(message)


@admin.register(Conversation)
class ConversationAdmin(TeamScopedAdmin):
    list_display = [
        "__str__", "kind_label", "team", "last_seq", "last_at", "slow_mode_seconds",
        "only_hosts_write",
    ]  # fmt: skip
    list_filter = [KindFilter, "only_hosts_write", ("team", OwnTeams)]
    search_fields = [
        "=public_id", "room__name", "=room__key", "=room__public_id", "session__name",
        "first__name", "second__name",
    ]  # fmt: skip
    ordering = ["-id"]
    fields = [
        "kind_label", "public_id", "team", "slow_mode_seconds", "only_hosts_write", "first_seq",
        "last_seq", "last_at", "created_at",
    ]  # fmt: skip
    readonly_fields = [
        "kind_label", "public_id", "team", "first_seq", "last_seq", "last_at", "created_at",
    ]  # fmt: skip
    inlines = [MuteInline, MessageInline]
    actions_detail = ["look", "export_entries"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        rows: Any = super().get_queryset(request)
        return rows.with_subjects()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        by: dict[str, Any] = {"conversation_id": obj.pk, **acting(request)}
        if "slow_mode_seconds" in form.changed_data:
            services.set_slow_mode(**by, seconds=obj.slow_mode_seconds)
        if "only_hosts_write" in form.changed_data:
            services.set_only_hosts_write(**by, only_hosts=obj.only_hosts_write)

    @display(description=_("kind"), label=True)
    def kind_label(self, conversation: Conversation) -> Any:
        return dict(Conversation.KINDS)[conversation.kind]

    @action(description=_("Open in chat"), icon="forum", permissions=["view"])
    def look(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        """The conversation as it goes on, unseen by its members."""
        conversation = self.get_object(request, str(object_id))
        if conversation is None:
            raise Http404
        return redirect(f"{reverse('web_chat')}?conversation={conversation.public_id}")

    @action(description=_("Export"), icon="download", permissions=["view"])
    def export_entries(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        """Every entry that is kept, one JSON object a line."""
        conversation = self.get_object(request, str(object_id))
        if conversation is None:
            raise Http404
        entries = services.export_conversation(conversation, actor=staff(request))
        lines = (json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        name = f"conversation-{conversation.public_id}.jsonl"
        return StreamingHttpResponse(
            lines,
            content_type="application/x-ndjson; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


@admin.register(Message)
class MessageAdmin(ReadOnly, TeamScopedAdmin):
    team_lookup = "conversation__team__in"
    list_display = ["said", "said_by", "conversation", "seq", "kind", "created_at", "removed_at"]
    list_filter = ["kind", "created_at", ("removed_at", admin.EmptyFieldListFilter)]
    search_fields = ["body", "sender_name", "=sender_key", "=conversation__public_id"]
    paginator = InfinitePaginator  # counting them all would take longer than reading a page
    ordering = ["-id"]
    fields = [
        "conversation", "seq", "kind", "target_seq", "type", "text", "sender_name", "sender_key",
        "client_message_id", "created_at", "edited_at", "removed_at", "removed_by_key",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["delete_messages", "mute_senders"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).select_related(*subjects("conversation"))

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.change_message")

    @display(description=_("text"))
    def said(self, message: Message) -> str:
        return shortened(message) or "-"

    @display(description=_("text"))
    def text(self, message: Message) -> str:
        return message.text or "-"

    @display(description=_("sender"), ordering="sender_name")
    def said_by(self, message: Message) -> str:
        return message.sender_name or message.sender_key

    @admin.action(description=_("Delete selected messages"), permissions=["manage"])
    def delete_messages(self, request: HttpRequest, messages: QuerySet[Message]) -> None:
        speaker = Speaker.staff(person(request))

        def delete(message: Message, *, actor: Actor) -> None:
            services.delete(
                conversation_id=message.conversation_id,
                seq=message.seq,
                speaker=speaker,
                actor=actor,
            )

        self.apply(request, messages, delete, _("%(count)d deleted."))

    @admin.action(description=_("Mute senders of selected messages"), permissions=["manage"])
    def mute_senders(self, request: HttpRequest, messages: QuerySet[Message]) -> None:
        speaker = Speaker.staff(person(request))

        def mute(message: Message, *, actor: Actor) -> None:
            services.mute(
                conversation_id=message.conversation_id,
                sender_key=message.sender_key,
                name=message.sender_name,
                speaker=speaker,
                actor=actor,
            )

        self.apply(request, messages, mute, _("%(count)d muted."))


@admin.register(Mute)
class MuteAdmin(ReadOnly, TeamScopedAdmin):
    team_lookup = "conversation__team__in"
    list_display = ["__str__", "sender_key", "conversation", "until", "created_at"]
    search_fields = ["sender_name", "=sender_key", "=conversation__public_id"]
    ordering = ["-id"]
    actions = ["unmute_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mute]:
        return super().get_queryset(request).select_related(*subjects("conversation"))

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.change_mute")

    @admin.action(description=_("Let selected senders write again"), permissions=["manage"])
    def unmute_selected(self, request: HttpRequest, mutes: QuerySet[Mute]) -> None:
        speaker = Speaker.staff(person(request))

        def unmute(mute: Mute, *, actor: Actor) -> None:
            services.unmute(
                conversation_id=mute.conversation_id,
                sender_key=mute.sender_key,
                speaker=speaker,
                actor=actor,
            )

        self.apply(request, mutes, unmute, _("%(count)d may write again."))


class QueueFilter(admin.SimpleListFilter):
    """What waits is shown unless something else is asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("all")), *Report.State.choices]

    def choices(self, changelist: Any) -> Any:
        for state, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: state})
            chosen = self.value() or Report.State.OPEN.value
            yield {"selected": state == chosen, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value() or Report.State.OPEN
        return queryset.filter(state=state) if state in Report.State.values else queryset


@admin.register(Report)
class ReportAdmin(ReadOnly, TeamScopedAdmin):
    """The queue of what people reported."""

    team_lookup = "message__conversation__team__in"
    list_display = ["said", "sender", "conversation", "reason", "state_badge", "created_at"]
    list_filter = [QueueFilter, "created_at"]
    search_fields = ["reason", "message__sender_name", "=message__sender_key", "=reporter_key"]
    ordering = ["-id"]
    fields = [
        "said", "sender", "conversation", "reporter_key", "reason", "state", "created_at",
        "handled_by", "handled_at",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["dismiss_selected", "delete_messages", "mute_senders"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        joined = subjects("message__conversation")
        return super().get_queryset(request).select_related("handled_by", *joined)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.change_report")

    @display(description=_("text"))
    def said(self, report: Report) -> str:
        return shortened(report.message) or "-"

    @display(description=_("sender"))
    def sender(self, report: Report) -> str:
        return report.message.sender_name or report.message.sender_key

    @display(description=_("conversation"))
    def conversation(self, report: Report) -> str:
        return str(report.message.conversation)

    @display(description=_("state"), ordering="state", label=STATES)
    def state_badge(self, report: Report) -> tuple[str, Any]:
        return report.state, report.get_state_display()

    @admin.action(description=_("Dismiss selected reports"), permissions=["manage"])
    def dismiss_selected(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        self._handle(request, reports, Report.State.DISMISSED)

    @admin.action(description=_("Delete the reported messages"), permissions=["manage"])
    def delete_messages(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        self._handle(request, reports, Report.State.DELETED)

    @admin.action(description=_("Mute the senders"), permissions=["manage"])
    def mute_senders(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        self._handle(request, reports, Report.State.MUTED)

    def _handle(
        self, request: HttpRequest, reports: QuerySet[Report], outcome: Report.State
    ) -> None:
        def handle(report: Report, *, actor: Actor) -> None:
            services.handle_report(report, outcome, staff=person(request), actor=actor)

        self.apply(request, reports, handle, _("%(count)d handled."))


@admin.register(BlockedWord)
class BlockedWordAdmin(TeamScopedAdmin):
    """Words of a team for its staff; superusers also keep those that hold everywhere."""

    list_display = ["word", "action", "team"]
    list_filter = ["action", ("team", OwnTeams)]
    list_select_related = ["team"]
    search_fields = ["word"]
    ordering = ["word", "id"]
    fields = ["word", "action", "team"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **options)
        user: Any = request.user
        if field and not user.is_superuser:
            field.required = True
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        services.save_word(obj, actor=staff(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.remove_word(obj, actor=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            services.remove_word(row, actor=staff(request))


def subjects(conversation: str) -> list[str]:
    """What a conversation is shown by, as `select_related` names it."""
    return [f"{conversation}__{subject}" for subject in ("room", "session", "first", "second")]


def shortened(message: Message) -> str:
    return Truncator(message.text).chars(SHOWN)


def person(request: HttpRequest) -> Any:
    """Whoever is at the console."""
    return request.user


def acting(request: HttpRequest) -> dict[str, Any]:
    """The one at the console, as services name them."""
    return {"speaker": Speaker.staff(person(request)), "actor": staff(request)}
