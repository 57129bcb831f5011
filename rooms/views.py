"""`/v1/rooms`: what a back office needs to manage the rooms of its team."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team, User
from rooms.errors import NotLiveTeam
from rooms.models import Membership, Room, RoomQuerySet
from rooms.serializers import (
    MemberPage,
    MemberSerializer,
    RoomPage,
    RoomQuery,
    RoomRequest,
    RoomSerializer,
    RoomUpdate,
    written,
)
from rooms.services import management
from rooms.states import RoomState
from rtcserver.wire.coviu import CoviuView, Ok
from rtcserver.wire.pages import PageQuery, behind, page_of, window


class RoomsView(CoviuView):
    """Every room is looked up inside the caller's team; a foreign id is an unknown id."""

    required_scopes: ClassVar = ["rooms"]

    def rooms(self) -> RoomQuerySet:
        rooms = Room.objects.of_team(self.grant.team_id).live()
        return rooms.select_related("live", "owner__presence")

    def find_room(self, room_id: str) -> Room:
        if "\x00" in room_id:
            raise Http404
        room = self.rooms().with_heads().filter(public_id=room_id).first()
        if room is None:
            raise Http404
        return room

    def find_member(self, room: Room, member_id: str) -> User:
        if "\x00" in member_id:
            raise Http404
        inside = Membership.objects.present().filter(room=room, user__public_id=member_id)
        member = inside.select_related("user").first()
        if member is None:
            raise Http404
        return member.user

    def page_of(
        self, rows: QuerySet[Any, Any], query: dict[str, Any], write: Callable[[Any], Any]
    ) -> Response:
        return Response(page_of(list(rows[window(query)]), query, write))


class Rooms(RoomsView):
    @extend_schema(
        operation_id="list_rooms", tags=["rooms"], parameters=[RoomQuery], responses=RoomPage
    )
    def get(self, request: Request) -> Response:
        """A page of the team's live rooms, oldest first; closed ones only with `state=closed`."""
        query = self.options_of(RoomQuery)
        state = query.get("state")
        rooms = self.rooms().in_state(RoomState(state)) if state else self.rooms().lasting()
        if "category" in query:
            rooms = rooms.filter(category=query["category"])
        rooms = rooms.order_by("id" if query["order"] == "forward" else "-id")
        rows = behind(rooms.with_heads(), self.rooms(), query.get("after"))
        return self.page_of(rows, query, written)

    @extend_schema(
        operation_id="create_room", tags=["rooms"], request=RoomRequest, responses=RoomSerializer
    )
    def post(self, request: Request) -> Response:
        """Open a room that is nobody's; it stays visible until the team closes it."""
        given = self.parsed(RoomRequest)
        key = given.pop("key", None)
        if (
            key
            and not Team.objects.filter(pk=self.grant.team_id, name=settings.LIVEROOM_TEAM).exists()
        ):
            raise NotLiveTeam("LiveRoom clients enter the rooms of another team.")
        room = management.open_room(
            actor=self.actor, team_id=self.grant.team_id, key=key, fields=given
        )
        return Response(written(self.find_room(room.public_id)))


class OneRoom(RoomsView):
    @extend_schema(operation_id="get_room", tags=["rooms"], responses=RoomSerializer)
    def get(self, request: Request, room_id: str) -> Response:
        """One live room, closed or not."""
        return Response(written(self.find_room(room_id)))

    @extend_schema(
        operation_id="update_room", tags=["rooms"], request=RoomUpdate, responses=RoomSerializer
    )
    def put(self, request: Request, room_id: str) -> Response:
        """Change what is given; `owner_id` hands the room to somebody who is in it."""
        room = self.find_room(room_id)
        changes = self.parsed(RoomUpdate)
        owner_id = changes.pop("owner_id", None)
        owner = self.find_member(room, owner_id) if owner_id is not None else None
        management.change_room(room, changes, actor=self.actor, owner=owner)
        return Response(written(self.find_room(room_id)))

    @extend_schema(operation_id="close_room", tags=["rooms"], responses={200: Ok})
    def delete(self, request: Request, room_id: str) -> Response:
        """Close a room: everybody is out of it."""
        management.close_room(self.find_room(room_id), actor=self.actor)
        return Response({"ok": True})


class RoomMembers(RoomsView):
    @extend_schema(
        operation_id="list_room_members",
        tags=["rooms"],
        parameters=[PageQuery],
        responses=MemberPage,
    )
    def get(self, request: Request, room_id: str) -> Response:
        """A page of who is in the room, first come first."""
        room = self.find_room(room_id)
        inside = Membership.objects.inside().filter(room=room).select_related("user")
        query = self.options_of(PageQuery)
        write = MemberSerializer().to_representation
        return self.page_of(inside.order_by("joined_at", "id"), query, write)


class OneMember(RoomsView):
    @extend_schema(operation_id="kick_room_member", tags=["rooms"], responses={200: Ok})
    def delete(self, request: Request, room_id: str, member_id: str) -> Response:
        """Put somebody out; they stay out until the room closes."""
        room = self.find_room(room_id)
        member = self.find_member(room, member_id)
        management.kick_member(room, member, actor=self.actor)
        return Response({"ok": True})
