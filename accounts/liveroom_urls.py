"""Calls of accounts in the LiveRoom dialect, below `/base/v1/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
