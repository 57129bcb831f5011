"""Pages of the `/v1` lists: zero-based, and each says whether there are more."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from rest_framework import serializers

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])

PAGE_SIZE = 200
MAX_OFFSET = 10**12  # beyond any table; keeps the number inside the database's integers


class PageQuery(serializers.Serializer):
    """`page` from 0, `page_size` from 1; more than 200 count as 200."""

    page = serializers.IntegerField(min_value=0, default=0)
    page_size = serializers.IntegerField(min_value=1, default=PAGE_SIZE)

    def validate_page_size(self, size: int) -> int:
        return min(size, PAGE_SIZE)


AFTER = "The page begins behind this one, however far in the list; as fast as the first page."


def window(query: Mapping[str, Any]) -> slice:
    """The rows to read for a page, and one beyond it that tells whether there are more."""
    offset = min(query["page"] * query["page_size"], MAX_OFFSET)
    return slice(offset, offset + query["page_size"] + 1)


def behind(rows: Rows, known: Rows, after: object) -> Rows:
    """The rows that come after one in their own order, by index however far that is.

    All names of the order go in one direction, and the last of them is unique.

    Args:
        known: Where that row is found, also when `rows` no longer has it.
        after: Its public id; None: all rows.

    Raises ValidationError.
    """
    if after is None:
        return rows
    if (last := known.filter(public_id=after).first()) is None:
        raise serializers.ValidationError({"after": ["There is no such id."]})
    names = [str(name) for name in rows.query.order_by]
    further = "lt" if names[0].startswith("-") else "gt"
    *first, unique = [name.removeprefix("-") for name in names]
    condition = Q((f"{unique}__{further}", getattr(last, unique)))
    for name in reversed(first):
        value = getattr(last, name)
        condition = Q((f"{name}__{further}e", value)) & (
            Q((f"{name}__{further}", value)) | condition
        )
    return rows.filter(condition)


def page_of(
    found: Sequence[Any], query: Mapping[str, Any], write: Callable[[Any], Any]
) -> dict[str, Any]:
    """The wire form of a page, from the rows that `window` asked for."""
    content = [write(row) for row in found[: query["page_size"]]]
    return {
        "content": content,
        "page": query["page"],
        "page_size": len(content),
        "more": len(found) > query["page_size"],
    }
