"""Rows that are held while a transaction lasts, always in one order."""

from typing import Any, Self, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class HoldableRows(models.QuerySet[Row, Any]):
    def hold(self) -> Self:
        """The same rows, held in the order of their ids, as whoever stores messages holds them."""
        held = self.select_for_update(no_key=True).order_by("id")
        return self.filter(pk__in=list(held.values_list("pk", flat=True)))
