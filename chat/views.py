"""What is said in the rooms and sessions of a team, for its back office."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat import services
from chat.models import Conversation
from chat.reading import messages_of
from chat.serializers import (
    MAX_NUMBER,
    MessagePage,
    MessageQuery,
    MessageSerializer,
    PostedSerializer,
    RoomMessageRequest,
    SessionMessageRequest,
)
from chat.services import Speaker
from rooms.models import Room
from rooms.views import RoomsView
from rtcserver.dates import http_date
from rtcserver.wire.coviu import CoviuView, Ok
from sessions_api.models import Session
from sessions_api.views import TeamView


class MessagesView(CoviuView):
    """The same acts for whatever the conversation is of; a subject nobody spoke of has none."""

    def conversation_of(self, **subject: Any) -> Conversation | None:
        mine = Conversation.objects.of_team(self.grant.team_id)
        return mine.filter(**subject).first()

    def page(self, conversation: Conversation | None) -> Response:
        query = self.options_of(MessageQuery)
        rows, more = messages_of(conversation, **query) if conversation else ([], False)
        write = MessageSerializer().to_representation
        content = [write(row) for row in rows]
        return Response({"content": content, "page_size": len(content), "more": more})

    def say(self, conversation: Conversation, speaker: Speaker, given: dict[str, Any]) -> Response:
        posted = services.post(
            conversation_id=conversation.pk,
            speaker=speaker,
            body=given["body"],
            type=given["type"],
            client_id=given.get("client_id"),
        )
        return Response({"number": posted.seq, "sent_time": http_date(posted.created_at)})

    def remove(self, conversation: Conversation | None, number: str) -> Response:
        if conversation is None or not number.isascii() or not number.isdecimal():
            raise Http404
        services.delete(
            conversation_id=conversation.pk,
            seq=min(int(number[:20]), MAX_NUMBER),
            speaker=self.client(),
            actor=self.actor,
        )
        return Response({"ok": True})

    def client(self, name: str = "") -> Speaker:
        return Speaker.api_client(self.grant.api_key, team_id=self.grant.team_id, name=name)


class RoomMessagesView(RoomsView, MessagesView):
    def conversation(self, room_id: str) -> Conversation | None:
        return self.conversation_of(room=self.find_room(room_id))

    def speaker(self, room: Room, given: dict[str, Any]) -> Speaker:
        if (member_id := given.get("member_id")) is None:
            return self.client(given.get("sender_name", ""))
        return Speaker.person(self.find_member(room, member_id))


class RoomMessages(RoomMessagesView):
    @extend_schema(
        operation_id="list_room_messages",
        tags=["messages"],
        parameters=[MessageQuery],
        responses=MessagePage,
    )
    def get(self, request: Request, room_id: str) -> Response:
        """What was said in a live room, closed or not, and what was changed of it, in order."""
        return self.page(self.conversation(room_id))

    @extend_schema(
        operation_id="post_room_message",
        tags=["messages"],
        request=RoomMessageRequest,
        responses=PostedSerializer,
    )
    def post(self, request: Request, room_id: str) -> Response:
        """Say something in a live room, for the system or for somebody who is in it."""
        room = self.find_room(room_id)
        given = self.parsed(RoomMessageRequest)
        speaker = self.speaker(room, given)
        return self.say(services.conversation_of_room(room), speaker, given)


class OneRoomMessage(RoomMessagesView):
    @extend_schema(operation_id="delete_room_message", tags=["messages"], responses={200: Ok})
    def delete(self, request: Request, room_id: str, number: str) -> Response:
        """Remove a message; its number stays, without a body."""
        return self.remove(self.conversation(room_id), number)


class SessionMessagesView(TeamView, MessagesView):
    def conversation(self, session_id: str) -> Conversation | None:
        return self.conversation_of(session=self.find_session(session_id))

    def speaker(self, session: Session, given: dict[str, Any]) -> Speaker:
        participant_id: UUID | None = given.get("participant_id")
        if participant_id is None:
            return self.client(given.get("sender_name", ""))
        participant = self.find_participant(str(participant_id))
        if participant.session_id != session.pk:
            raise Http404
        return Speaker.participant(participant)


class SessionMessages(SessionMessagesView):
    @extend_schema(
        operation_id="list_session_messages",
        tags=["messages"],
        parameters=[MessageQuery],
        responses=MessagePage,
    )
    def get(self, request: Request, session_id: str) -> Response:
        """What was said in a session, over or not, and what was changed of it, in order."""
        return self.page(self.conversation(session_id))

    @extend_schema(
        operation_id="post_session_message",
        tags=["messages"],
        request=SessionMessageRequest,
        responses=PostedSerializer,
    )
    def post(self, request: Request, session_id: str) -> Response:
        """Say something in a session, for the system or for one of its participants."""
        session = self.find_session(session_id)
        given = self.parsed(SessionMessageRequest)
        speaker = self.speaker(session, given)
        return self.say(services.conversation_of_session(session), speaker, given)


class OneSessionMessage(SessionMessagesView):
    @extend_schema(operation_id="delete_session_message", tags=["messages"], responses={200: Ok})
    def delete(self, request: Request, session_id: str, number: str) -> Response:
        """Remove a message; its number stays, without a body."""
        return self.remove(self.conversation(session_id), number)
