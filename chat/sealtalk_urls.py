"""Paths of the SealTalk dialect that chat answers."""

from django.urls import path

from chat import sealtalk_api

urlpatterns = [path("misc/send_message", sealtalk_api.SendMessage.as_view())]
