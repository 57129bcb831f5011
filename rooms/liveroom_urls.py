"""Calls of rooms in the LiveRoom dialect, below `/base/v1/`."""

from django.urls import path

from rooms import liveroom_api as api

urlpatterns = [
    path("rooms/generate_roomid", api.GenerateRoomId.as_view()),
    path("rooms/enter_room", api.EnterRoom.as_view()),
    path("rooms/room_detail", api.RoomDetail.as_view()),
    path("rooms/query_room", api.QueryRoom.as_view()),
    path("rooms/list_users", api.ListUsers.as_view()),
    path("rooms/leave_room", api.LeaveRoom.as_view()),
    path("rooms/destroy_room", api.DestroyRoom.as_view()),
    path("rooms/update_room", api.UpdateRoom.as_view()),
]
