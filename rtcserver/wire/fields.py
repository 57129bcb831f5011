"""Request fields that refuse what Django REST framework would bend into shape."""

from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string as sent: no numbers turned to text, no trimming, empty allowed.

    NUL and lone surrogates are refused by the base class; lengths count characters.
    """

    default_error_messages = {"invalid": "Must be a string."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"trim_whitespace": False, "allow_blank": not options.get("min_length")} | options
        )

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)
