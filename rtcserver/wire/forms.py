"""What a caller sent, checked and read by a form.

A form copies all its fields when it is made, which costs more than reading with it: each thread
makes it once. So a form keeps nothing of what it read last.
"""

import threading
from typing import Any

from rest_framework.serializers import Serializer

_made = threading.local()


def form_of(kind: type[Serializer]) -> Serializer:
    """This thread's own."""
    kept: dict[Any, Serializer] = _made.__dict__
    if kind not in kept:
        kept[kind] = kind()
    return kept[kind]


def read(kind: type[Serializer], sent: Any) -> dict[str, Any]:
    """The values by their sources. Raises rest_framework's ValidationError."""
    return form_of(kind).run_validation(sent)
