from django.urls import path

from accounts import provisioning_api as provisioning
from accounts.token_api import IntrospectView, RevokeView, TokenView

urlpatterns = [
    path("auth/token", TokenView.as_view()),
    path("auth/revoke", RevokeView.as_view()),
    path("auth/introspect", IntrospectView.as_view()),
    path("user/team", provisioning.UserTeam.as_view()),
    path("user/auth-codes", provisioning.AuthCodes.as_view()),
    path("users", provisioning.Users.as_view()),
    path("users/<str:user_id>/teams", provisioning.TeamsOfUser.as_view()),
    path("system/clients", provisioning.SystemClients.as_view()),
    path("teams/<uuid:team_id>/applications", provisioning.TeamApplications.as_view()),
    path("teams/<uuid:team_id>/clients", provisioning.TeamClients.as_view()),
]
