"""Calls of chat in the chatroom dialect, below `/chatroom/`."""

from django.urls import path

from chat import chatroom_api as api

urlpatterns = [
    path("list", api.List.as_view()),
    path("create", api.Create.as_view()),
    path("room", api.Room.as_view()),
]
