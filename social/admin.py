"""Friends, blacklists, groups and sync in the console."""

from itertools import islice
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display

from rooms.models import Membership
from rtcserver.console import ConsoleAdmin, ReadOnly, RecentValues
from rtcserver.events import Actor
from rtcserver.snapshots import read_snapshot
from social import services
from social.errors import UnknownGroup
from social.models import Block, Friendship, Group, Notification, SocialProfile
from social.sync import Changes

ROWS_SHOWN = 100  # of each part of a sync answer
BADGES = {
    Friendship.Status.REQUESTING: "info",
    Friendship.Status.REQUESTED: "info",
    Friendship.Status.AGREED: "success",
    Friendship.Status.IGNORED: "warning",
    Friendship.Status.DELETED: "danger",
}


class PeopleOfOne(ReadOnly, TabularInline):
    """Rows that one person has towards others."""

    extra = 0
    fk_name = "user"
    per_page = 50
    ordering = ["-stamp"]


class FriendshipInline(PeopleOfOne):
    model = Friendship
    fields = ["friend", "status", "display_name", "message", "status_changed_at", "stamp"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Friendship]:
        return super().get_queryset(request).select_related("friend", "user")


class BlockInline(PeopleOfOne):
    model = Block
    fields = ["blocked", "is_active", "stamp"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Block]:
        return super().get_queryset(request).select_related("blocked", "user")


@admin.register(SocialProfile)
class SocialProfileAdmin(ReadOnly, ConsoleAdmin):
    list_display = ["__str__", "public_id", "friends_count", "blocked_count", "stamp", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "username", "=phone", "=public_id"]
    ordering = ["-id"]
    fields = ["name", "public_id", "portrait_url", "is_active", "stamp"]
    readonly_fields = fields
    inlines = [FriendshipInline, BlockInline]
    actions_detail = ["sync_answer"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SocialProfile]:
        agreed = Q(friendships__status=Friendship.Status.AGREED)
        counted = {
            "friends_n": Count("friendships", filter=agreed, distinct=True),
            "blocked_n": Count("blocks", filter=Q(blocks__is_active=True), distinct=True),
        }
        return super().get_queryset(request).annotate(**counted)

    @display(description=_("friends"), ordering="friends_n")
    def friends_count(self, person: Any) -> int:
        return person.friends_n

    @display(description=_("blocked"), ordering="blocked_n")
    def blocked_count(self, person: Any) -> int:
        return person.blocked_n

    @action(description=_("What sync returns"), icon="sync", permissions=["view"])
    def sync_answer(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What `GET /user/sync/:version` would bring this person now; reads only."""
        person = self.get_object(request, str(object_id))
        if person is None:
            raise Http404
        given = request.GET.get("version", "0")
        version = int(given) if given.isdecimal() and len(given) <= 18 else 0
        shown = {
            **self.admin_site.each_context(request),
            "title": _("What sync returns to %(name)s") % {"name": person},
            "person": person,
            "version": version,
            "opts": self.opts,
            **_preview(person.pk, version),
        }
        return TemplateResponse(request, "admin/sync_answer.html", shown)


@admin.register(Friendship)
class FriendshipAdmin(ReadOnly, ConsoleAdmin):
    list_display = ["user", "friend", "state", "display_name", "status_changed_at", "stamp"]
    list_filter = ["status", "status_changed_at"]
    list_select_related = ["user", "friend"]
    search_fields = ["user__name", "=user__public_id", "friend__name", "=friend__public_id"]
    ordering = ["-id"]

    @display(description=_("status"), ordering="status", label=BADGES)
    def state(self, friendship: Friendship) -> tuple[int, str]:
        return friendship.status, friendship.get_status_display()


@admin.register(Block)
class BlockAdmin(ReadOnly, ConsoleAdmin):
    list_display = ["user", "blocked", "is_active", "stamp"]
    list_filter = ["is_active"]
    list_select_related = ["user", "blocked"]
    search_fields = ["user__name", "=user__public_id", "blocked__name", "=blocked__public_id"]
    ordering = ["-id"]


@admin.register(Group)
class GroupAdmin(ReadOnly, ConsoleAdmin):
    list_display = ["__str__", "public_id", "creator", "member_count", "state", "stamp"]
    list_filter = [("room__closed_at", admin.EmptyFieldListFilter), "room__created_at"]
    list_select_related = ["room__owner"]
    search_fields = ["room__name", "=room__public_id", "room__owner__name"]
    ordering = ["-room_id"]
    actions = ["dismiss_selected"]
    fields = [
        "public_id", "creator", "bulletin", "member_count", "max_members", "state", "stamp",
        "members",
    ]  # fmt: skip
    readonly_fields = fields

    @display(description=_("group id"))
    def public_id(self, group: Group) -> str:
        return group.room.public_id

    @display(description=_("creator"), ordering="room__owner__name")
    def creator(self, group: Group) -> str:
        return str(group.room.owner or "-")

    @display(description=_("sync stamp"), ordering="room__stamp")
    def stamp(self, group: Group) -> int:
        return group.room.stamp

    @display(description=_("state"), label={"open": "success", "dismissed": "danger"})
    def state(self, group: Group) -> tuple[str, Any]:
        is_open = group.room.closed_at is None
        return ("open", _("open")) if is_open else ("dismissed", _("dismissed"))

    @display(description=_("members"))
    def members(self, group: Group) -> str:
        present = Membership.objects.present().filter(room=group.room).select_related("user")
        rows = present.order_by("joined_at", "id")
        lines = format_html_join(
            "",
            "<li>{} {} <code>{}</code></li>",
            ((row.user, row.display_name, row.user.public_id) for row in rows),
        )
        return format_html("<ol>{}</ol>", lines)

    def has_dismiss_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("social.change_group")

    @admin.action(description=_("Dismiss selected groups"), permissions=["dismiss"])
    def dismiss_selected(self, request: HttpRequest, groups: QuerySet[Group]) -> None:
        self.apply(
            request, groups.select_related("room__owner"), _dismiss, _("%(count)d dismissed.")
        )


@admin.register(Notification)
class NotificationAdmin(ReadOnly, ConsoleAdmin):
    list_display = ["user", "event_type", "subject", "happened_at"]
    list_filter = [("event__type", RecentValues)]
    list_select_related = ["user", "event"]
    search_fields = ["user__name", "=user__public_id", "=event__subject_id"]
    ordering = ["-event_id"]
    fields = ["user", "event_type", "subject", "happened_at", "facts"]
    readonly_fields = fields

    @display(description=_("event"), label=True)
    def event_type(self, notification: Notification) -> str:
        return notification.event.type

    @display(description=_("subject"))
    def subject(self, notification: Notification) -> str:
        return notification.event.subject_id

    @display(description=_("happened at"))
    def happened_at(self, notification: Notification) -> Any:
        return notification.event.happened_at

    @display(description=_("facts"))
    def facts(self, notification: Notification) -> Any:
        return notification.event.payload


def _dismiss(group: Group, *, actor: Actor) -> None:
    """In the name of the creator; the event says that it was staff."""
    if group.room.owner is None:
        raise UnknownGroup("The group has no creator.")
    services.dismiss_group(actor=actor, user=group.room.owner, group_id=group.room.public_id)


def _preview(user_id: int, version: int) -> dict[str, Any]:
    """The newest stamp, and of each part how many rows there are and the first of them."""
    parts = []
    with read_snapshot():
        changes = Changes(user_id, version)
        for title, part in (
            (_("person"), changes.own),
            (_("friends"), changes.friends),
            (_("blacklist"), changes.blacklist),
            (_("groups"), changes.groups),
            (_("members"), changes.members),
        ):
            rows = part()
            shown = list(islice(rows, ROWS_SHOWN))
            parts.append((title, len(shown) + sum(1 for _row in rows), shown))
    return {"newest": changes.newest, "parts": parts, "most": ROWS_SHOWN}
