"""Tenant isolation: rows of a team are reached through that team or not at all."""

from typing import Any, Generic, NoReturn, TypeVar

from django.db import models

Rows = TypeVar("Rows", bound="models.QuerySet[Any, Any]")


class UnscopedQueryError(AttributeError):
    """A query for tenant rows that names no team; always a bug of ours."""


class TeamRows(Generic[Rows]):
    """`objects` of every model that belongs to a team: answers only `of_team(...)`.

    `Session.objects.filter(...)` raises, so a forgotten team filter fails at the first call
    instead of leaking. What must look across teams (admin, sweeps, a credential that is itself
    the key) says so with `across_teams`, the model's default manager.
    """

    def __init__(self, team_lookup: str = "team_id") -> None:
        self._team_lookup = team_lookup

    def __set_name__(self, model: type[models.Model], name: str) -> None:
        self._model = model

    def of_team(self, team_id: int) -> Rows:
        """Rows of one team (its primary key)."""
        return self._model._default_manager.filter(**{self._team_lookup: team_id})  # type: ignore[return-value]

    def __getattr__(self, name: str) -> NoReturn:
        raise UnscopedQueryError(f"objects.{name} names no team: use of_team(), or across_teams.")
