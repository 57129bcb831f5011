"""Pages of the `/v1` lists: zero-based, and each says whether there are more."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rest_framework import serializers

PAGE_SIZE = 200
MAX_OFFSET = 10**12  # beyond any table; keeps the number inside the database's integers


class PageQuery(serializers.Serializer):
    """`page` from 0, `page_size` from 1; more than 200 count as 200."""

    page = serializers.IntegerField(min_value=0, default=0)
    page_size = serializers.IntegerField(min_value=1, default=PAGE_SIZE)

    def validate_page_size(self, size: int) -> int:
        return min(size, PAGE_SIZE)


def window(query: Mapping[str, Any]) -> slice:
    """The rows to read for a page, and one beyond it that tells whether there are more."""
    offset = min(query["page"] * query["page_size"], MAX_OFFSET)
    return slice(offset, offset + query["page_size"] + 1)


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
