"""What the views of this package share: refusals by endpoint, fields, and their description."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django.core.validators import URLValidator
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, inline_serializer
from limits import parse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from rtcserver.wire.base import failure_from
from rtcserver.wire.fields import Text
from rtcserver.wire.sealtalk import SealTalkView, known_id, refusal, shown_text
from rtcserver.wire.throttles import hit

TAG = "SealTalk dialect"
NAME_LENGTH, MESSAGE_LENGTH, PORTRAIT_LENGTH, BULLETIN_LENGTH = 32, 64, 256, 1024
MOST_IDS = 500
LOOKUPS = parse("300/minute")


class SocialView(SealTalkView):
    """A view whose wire gives some refusals another status than the rest of the dialect."""

    statuses: ClassVar[Mapping[str, int]] = {}

    def get_exception_handler(self) -> Callable[..., HttpResponse | None]:
        def handle(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
            failure = failure_from(exc)
            if failure is None:
                return None  # a bug of ours
            return refusal(replace(failure, status=self.statuses.get(failure.slug, failure.status)))

        return handle


class Lookups(BaseThrottle):
    """Strangers' groups can be looked at, but not listed by trying ids."""

    seconds: float | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        person: Any = request.user
        self.seconds = person and hit(LOOKUPS, "lookups", person.public_id)
        return not self.seconds

    def wait(self) -> float | None:
        return self.seconds


class TextOrNull(Text):
    """A text that may be null, which is the empty one: the wire takes both in some members."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation("" if data is None else data)


class Id(Text):
    """An id that a body or path names; malformed ones are nobody's."""

    def to_internal_value(self, data: object) -> str:
        return known_id(super().to_internal_value(data))


class Ids(serializers.ListField):
    """A list of ids; what was no id in it is None, and judged after the group."""

    child = Id(allow_null=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty=False, max_length=MOST_IDS, **options)


class PortraitUri(Text):
    """An absolute http or https URL of 12 to 256 characters."""

    def __init__(self, **options: Any) -> None:
        web = URLValidator(schemes=["http", "https"])
        super().__init__(min_length=12, max_length=PORTRAIT_LENGTH, validators=[web], **options)


class PersonShape(serializers.Serializer):
    id = serializers.CharField()
    nickname = serializers.CharField()
    portraitUri = serializers.CharField()


class ContactShape(PersonShape):
    region = serializers.CharField()
    phone = serializers.CharField()


def person(row: Any) -> dict[str, Any]:
    """A person, from a mapping with `person_id`, `person_name` and `person_portrait`."""
    return {
        "id": row["person_id"],
        "nickname": name(row["person_name"]),
        "portraitUri": portrait(row["person_portrait"]),
    }


def name(text: str) -> str:
    return shown_text(text, NAME_LENGTH)


def portrait(url: str) -> str:
    return shown_text(url, PORTRAIT_LENGTH)


def described(
    operation: str, summary: str, *, request: Any = None, result: Any = None, **more: Any
) -> Callable[[Any], Any]:
    """Describe a method for the OpenAPI file: its body and the `result` of its envelope."""
    fields: dict[str, Any] = {"code": serializers.IntegerField()}
    if result is not None:
        fields["result"] = result
    return extend_schema(
        operation_id=f"sealtalk_{operation}",
        tags=[TAG],
        summary=summary,
        request=request,
        responses=inline_serializer(f"SealTalk_{operation}", fields),
        **more,
    )
