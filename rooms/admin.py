"""Live rooms, who is in them, and who is there at all, in the console."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from rooms.chat_rooms_admin import ChatRoomAdmin  # noqa: F401 (registers itself)
from rooms.models import Membership, Presence, Room, RoomBan, RoomReservation
from rooms.services import management
from rooms.states import RoomState
from rtcserver.console import ConsoleAdmin, OwnTeams, ReadOnly, TeamScopedAdmin

BADGES = {
    RoomState.VISIBLE: "success",
    RoomState.HIDDEN: "warning",
    RoomState.CLOSED: "default",
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(RoomState.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.in_state(RoomState(chosen)) if chosen in RoomState.values else queryset


class MemberInline(ReadOnly, TabularInline):
    model = Membership
    extra = 0
    fields = ["user", "role", "joined_at", "last_seen"]
    readonly_fields = ["last_seen"]
    verbose_name_plural = _("in the room")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        members: Any = super().get_queryset(request)
        return members.inside().select_related("user__presence").order_by("joined_at")

    @display(description=_("last seen"))
    def last_seen(self, member: Membership) -> Any:
        presence = getattr(member.user, "presence", None)
        return presence.last_seen_at if presence else "-"


class BanInline(ReadOnly, TabularInline):
    model = RoomBan
    extra = 0
    fields = ["user", "created_at"]
    verbose_name_plural = _("put out until the room closes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoomBan]:
        return super().get_queryset(request).select_related("user")


@admin.register(Room)
class RoomAdmin(ReadOnly, TeamScopedAdmin):
    """Live rooms; groups and chat rooms have pages of their own."""

    list_display = ["__str__", "key", "team", "state_badge", "head_count", "owner", "created_at"]
    list_filter = [StateFilter, "created_at", ("team", OwnTeams)]
    list_select_related = ["team", "live", "owner__presence"]
    search_fields = ["=public_id", "=key", "name", "owner__name", "=category"]
    ordering = ["-id"]
    fields = [
        "team", "name", "key", "public_id", "state_name", "owner", "category", "subject",
        "description", "picture", "app_id", "created_at", "closed_at",
    ]  # fmt: skip
    readonly_fields = ["public_id", "state_name", "category", "subject", "description", "app_id"]
    inlines = [MemberInline, BanInline]
    actions = ["close_selected", "hand_over_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        rooms: Any = super().get_queryset(request)
        return rooms.live().with_heads()

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("rooms.change_room")

    @display(description=_("state"), label=BADGES)
    def state_badge(self, room: Room) -> tuple[str, Any]:
        state = room.state_at(timezone.now())
        return state, state.label

    @display(description=_("state"))
    def state_name(self, room: Room) -> str:
        return str(room.state_at(timezone.now()).label)

    @display(description=_("in the room"), ordering="heads")
    def head_count(self, room: Any) -> int:
        return room.heads

    @display(description=_("subject"))
    def subject(self, room: Room) -> str:
        return room.live.subject

    @display(description=_("description"))
    def description(self, room: Room) -> str:
        return room.live.description

    @admin.action(description=_("Close selected rooms"), permissions=["manage"])
    def close_selected(self, request: HttpRequest, rooms: QuerySet[Room]) -> None:
        self.apply(request, rooms, management.close_room, _("%(count)d closed."))

    @admin.action(
        description=_("Hand selected rooms to who came first after the owner"),
        permissions=["manage"],
    )
    def hand_over_selected(self, request: HttpRequest, rooms: QuerySet[Room]) -> None:
        done = _("%(count)d handed over.")
        self.apply(request, rooms, management.hand_to_next, done)


@admin.register(Presence)
class PresenceAdmin(ReadOnly, ConsoleAdmin):
    list_display = ["user", "last_seen_at", "online"]
    list_select_related = ["user"]
    search_fields = ["user__name", "=user__public_id"]
    list_filter = ["last_seen_at"]
    ordering = ["-last_seen_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Presence]:
        """Staff of a team see who is in its rooms; superusers see all."""
        seen = super().get_queryset(request)
        user: Any = request.user
        if user.is_superuser:
            return seen
        inside = Membership.objects.present().filter(room__team__in=user.teams.values("pk"))
        return seen.filter(user__in=inside.values("user"))

    @display(description=_("online"), boolean=True)
    def online(self, presence: Presence) -> bool:
        return presence.is_online


@admin.register(RoomReservation)
class RoomReservationAdmin(ReadOnly, ConsoleAdmin):
    list_display = ["key", "user", "title", "expires_at"]
    list_select_related = ["user"]
    search_fields = ["=key", "user__name"]
