"""Calls of accounts in the chatroom dialect, below `/auth/`."""

from django.urls import path

from accounts import chatroom_api as api

urlpatterns = [
    path("register", api.Register.as_view()),
    path("login", api.Login.as_view()),
    path("user_data", api.UserData.as_view()),
]
