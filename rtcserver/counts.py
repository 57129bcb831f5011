"""How many rows a list has: exact while that is quick, and a moment old when there are many."""

from typing import Any

from django.core.cache import caches
from django.db.models import QuerySet

EXACT = 10_000  # rows; counting them takes about as long as reading a page
KEPT_SECONDS = 10


def counted(rows: QuerySet[Any, Any], name: str) -> int:
    """The number of `rows`; beyond EXACT it may be KEPT_SECONDS old.

    Args:
        name: The same for the same list, and for no other.
    """
    kept = caches["process"]
    if (known := kept.get(name)) is not None:
        return int(known)
    rows = rows.order_by()
    number = rows[: EXACT + 1].count()
    if number > EXACT:
        number = rows.count()
        kept.set(name, number, KEPT_SECONDS)
    return number
