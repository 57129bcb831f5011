"""Chat rooms and who sits in them, in the console."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from rooms.models import ChatRoom, Seat
from rooms.services.chat_rooms import close_chat_room, let_stay
from rtcserver.console import ReadOnly, TeamScopedAdmin


@admin.register(ChatRoom)
class ChatRoomAdmin(ReadOnly, TeamScopedAdmin):
    team_lookup = "room__team__in"
    list_display = ["__str__", "is_kept", "population", "created", "entered_at", "closed"]
    list_filter = ["is_kept"]
    list_select_related = ["room"]
    search_fields = ["room__name"]
    ordering = ["-pk"]
    fields = ["name", "is_kept", "members", "created", "entered_at", "closed"]
    readonly_fields = ["name", "members", "created", "closed"]
    actions = ["close_selected", "keep_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChatRoom]:
        rooms: Any = super().get_queryset(request)
        return rooms.with_population()

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("rooms.change_chatroom")

    @display(description=_("name"))
    def name(self, chat: ChatRoom) -> str:
        return chat.room.name

    @display(description=_("in the room"), ordering="population")
    def population(self, chat: Any) -> int:
        return chat.population

    @display(description=_("in the room"))
    def members(self, chat: ChatRoom) -> str:
        seats = Seat.objects.seated().filter(room=chat.pk).order_by("pk")
        return format_html_join("", "<div>{}</div>", seats.values_list("name")) or "-"

    @display(description=_("created at"), ordering="room__created_at")
    def created(self, chat: ChatRoom) -> Any:
        return chat.room.created_at

    @display(description=_("closed at"), ordering="room__closed_at")
    def closed(self, chat: ChatRoom) -> Any:
        return chat.room.closed_at

    @admin.action(description=_("Close selected rooms"), permissions=["manage"])
    def close_selected(self, request: HttpRequest, rooms: QuerySet[ChatRoom]) -> None:
        held = [chat.room for chat in rooms]
        self.apply(request, held, close_chat_room, _("%(count)d closed."))

    @admin.action(description=_("Let selected rooms stay without members"), permissions=["manage"])
    def keep_selected(self, request: HttpRequest, rooms: QuerySet[ChatRoom]) -> None:
        held = [chat.room for chat in rooms]
        self.apply(request, held, let_stay, _("%(count)d will stay."))
