"""Calls of accounts in the LiveRoom dialect, below `/base/v1/`."""

from django.urls import path

from accounts import liveroom_api as api

urlpatterns = [
    path("auth_users/user_keepalive", api.Keepalive.as_view()),
    path("oauth/register", api.Register.as_view()),
    path("oauth/signature", api.Signature.as_view()),
    path("auth_users/user_login_token", api.LoginToken.as_view()),
    path("auth_users/user_logout", api.Logout.as_view()),
    path("auth_users/user_delete", api.Delete.as_view()),
    path("auth_users/user_update", api.Update.as_view()),
    path("auth_users/user_query", api.Query.as_view()),
]
