"""Paths of the SealTalk dialect that accounts answers."""

from typing import Any

urlpatterns: list[Any] = []
