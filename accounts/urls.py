from django.urls import path

from accounts import provisioning_api as provisioning
from accounts import webhooks_api as events
from accounts.token_api import IntrospectView, RevokeView, TokenView

urlpatterns = [
    path("events", events.Events.as_view()),
    path("webhooks", events.Webhooks.as_view()),
    path("webhooks/<str:webhook_id>", events.OneWebhook.as_view()),
    path("webhooks/<str:webhook_id>/secret", events.WebhookSecret.as_view()),
    path("webhooks/<str:webhook_id>/test", events.WebhookTest.as_view()),
    path("webhooks/<str:webhook_id>/deliveries", events.Deliveries.as_view()),
    path("webhooks/<str:webhook_id>/deliveries/<int:delivery_id>/replay", events.Replay.as_view()),
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
