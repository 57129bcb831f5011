"""Tenant isolation: rows of a team are reached through that team or not at all."""

from typing import Any, Generic, NoReturn, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)
Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


class UnscopedQueryError(TypeError):
    """A query for tenant rows that names no team; always a bug of ours."""


class TeamManager(models.Manager[Row], Generic[Row, Rows]):
    """`objects` of every model that belongs to a team: answers only `of_team(...)`.

    `Session.objects.filter(...)` raises, so a forgotten team filter fails at the first call
    instead of leaking. What must look across teams (admin, sweeps, a credential that is itself
    the key) says so with `across_teams`.
    """

    team_lookup = "team_id"

    def of_team(self, team_id: int) -> Rows:
        """Rows of one team (its primary key)."""
        return self.model._default_manager.filter(**{self.team_lookup: team_id})  # type: ignore[return-value]

    def get_queryset(self) -> NoReturn:
        raise UnscopedQueryError(
            f"{self.model.__name__}.objects needs a team: use of_team(), or across_teams."
        )
