"""`/v1/webhooks` and `/v1/events`: what a team's own software is told of (docs/events.md)."""

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.errors import BadCursor, BadEventType
from accounts.models import Team, WebhookDelivery, WebhookEndpoint
from accounts.shown_events import are_types, events_of_team, shown
from rtcserver.dates import iso_date
from rtcserver.wire.coviu import CoviuView, Ok
from rtcserver.wire.fields import Text
from rtcserver.wire.pages import PageQuery, page_of, window

EVENTS_PAGE = 200


class WebhookChanges(serializers.Serializer):
    """A partial update: what is left out stays."""

    url = Text(max_length=2048, required=False)
    description = Text(max_length=200, required=False)
    event_types = serializers.ListField(child=Text(max_length=64), required=False)
    active = serializers.BooleanField(source="is_active", required=False)


class WebhookRequest(serializers.Serializer):
    url = Text(max_length=2048)
    description = Text(max_length=200, required=False)
    event_types = serializers.ListField(child=Text(max_length=64), required=False)


class WebhookSerializer(serializers.Serializer):
    webhook_id = serializers.CharField(source="public_id")
    url = serializers.CharField()
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField())
    active = serializers.BooleanField(source="is_active")


class NewWebhook(WebhookSerializer):
    secret = serializers.CharField(help_text="Signs what is sent; told this once.")


class DeliverySerializer(serializers.Serializer):
    delivery_id = serializers.IntegerField()
    event_id = serializers.CharField()
    event_type = serializers.CharField()
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices)
    attempts = serializers.IntegerField()
    answer_status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    created_at = serializers.CharField()
    next_attempt_at = serializers.CharField(allow_null=True)


class _Page(serializers.Serializer):
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    more = serializers.BooleanField()


class WebhookPage(_Page):
    content = WebhookSerializer(many=True)


class DeliveryPage(_Page):
    content = DeliverySerializer(many=True)


class DeliveryQuery(PageQuery):
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices, required=False)


class EventQuery(serializers.Serializer):
    after = Text(max_length=64, required=False, help_text="The `id` of the last event read.")
    limit = serializers.IntegerField(min_value=1, max_value=EVENTS_PAGE, default=EVENTS_PAGE)
    types = Text(max_length=1000, required=False, help_text="Separated by commas: `room.*`.")


class EventShape(serializers.Serializer):
    id = serializers.CharField()
    type = serializers.CharField()
    time = serializers.CharField()
    subject = serializers.DictField()
    actor = serializers.DictField()
    dialect = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]


class EventList(serializers.Serializer):
    events = EventShape(many=True)
    after = serializers.CharField(help_text="Ask for `after` this to continue.")
    more = serializers.BooleanField()


class EventsView(CoviuView):
    """Everything is looked up inside the caller's team; a foreign id is an unknown id."""

    required_scopes: ClassVar = ["events"]

    def find(self, webhook_id: str) -> WebhookEndpoint:
        mine = WebhookEndpoint.objects.of_team(self.grant.team_id)
        found = mine.filter(public_id=webhook_id).first() if "\x00" not in webhook_id else None
        if found is None:
            raise Http404
        return found


class Webhooks(EventsView):
    @extend_schema(
        operation_id="list_webhooks", tags=["events"], parameters=[PageQuery], responses=WebhookPage
    )
    def get(self, request: Request) -> Response:
        """A page of the team's webhooks, oldest first."""
        query = self.options_of(PageQuery)
        rows = WebhookEndpoint.objects.of_team(self.grant.team_id).order_by("id")
        write = WebhookSerializer().to_representation
        return Response(page_of(list(rows[window(query)]), query, write))

    @extend_schema(
        operation_id="create_webhook", tags=["events"], request=WebhookRequest, responses=NewWebhook
    )
    def post(self, request: Request) -> Response:
        """Have the team's events sent to an address, from now on."""
        team = Team.objects.get(pk=self.grant.team_id)
        given = self.parsed(WebhookRequest)
        endpoint, secret = services.create_webhook(actor=self.actor, team=team, **given)
        return Response({**WebhookSerializer().to_representation(endpoint), "secret": secret})


class OneWebhook(EventsView):
    @extend_schema(operation_id="get_webhook", tags=["events"], responses=WebhookSerializer)
    def get(self, request: Request, webhook_id: str) -> Response:
        return Response(WebhookSerializer().to_representation(self.find(webhook_id)))

    @extend_schema(
        operation_id="update_webhook",
        tags=["events"],
        request=WebhookChanges,
        responses=WebhookSerializer,
    )
    def put(self, request: Request, webhook_id: str) -> Response:
        """Change what is given; switched on again, it continues where it stopped."""
        endpoint = self.find(webhook_id)
        services.change_webhook(endpoint, dict(self.parsed(WebhookChanges)), actor=self.actor)
        return Response(WebhookSerializer().to_representation(endpoint))

    @extend_schema(operation_id="delete_webhook", tags=["events"], responses={200: Ok})
    def delete(self, request: Request, webhook_id: str) -> Response:
        """With its log, and with what was still to be sent."""
        services.delete_webhook(self.find(webhook_id), actor=self.actor)
        return Response({"ok": True})


class WebhookSecret(EventsView):
    @extend_schema(
        operation_id="renew_webhook_secret", tags=["events"], request=None, responses=NewWebhook
    )
    def post(self, request: Request, webhook_id: str) -> Response:
        """A new signing secret, in force at once."""
        endpoint = self.find(webhook_id)
        secret = services.renew_webhook_secret(endpoint, actor=self.actor)
        return Response({**WebhookSerializer().to_representation(endpoint), "secret": secret})


class WebhookTest(EventsView):
    @extend_schema(
        operation_id="test_webhook", tags=["events"], request=None, responses=DeliverySerializer
    )
    def post(self, request: Request, webhook_id: str) -> Response:
        """Send a `webhook.tested` event to this webhook alone."""
        delivery = services.test_webhook(self.find(webhook_id), actor=self.actor)
        return Response(_written(delivery))


class Deliveries(EventsView):
    @extend_schema(
        operation_id="list_deliveries",
        tags=["events"],
        parameters=[DeliveryQuery],
        responses=DeliveryPage,
    )
    def get(self, request: Request, webhook_id: str) -> Response:
        """What was sent and what is to be, the latest first."""
        endpoint, query = self.find(webhook_id), self.options_of(DeliveryQuery)
        rows = endpoint.deliveries.select_related("event").order_by("-id")
        if "state" in query:
            rows = rows.filter(state=query["state"])
        return Response(page_of(list(rows[window(query)]), query, _written))


class Replay(EventsView):
    @extend_schema(
        operation_id="replay_delivery", tags=["events"], request=None, responses=DeliverySerializer
    )
    def post(self, request: Request, webhook_id: str, delivery_id: int) -> Response:
        """Send it again."""
        rows = self.find(webhook_id).deliveries.select_related("event", "endpoint")
        delivery = rows.filter(pk=min(delivery_id, 2**63 - 1)).first()
        if delivery is None:
            raise Http404
        services.replay_delivery(delivery, actor=self.actor)
        delivery.refresh_from_db(fields=["state", "attempts", "due_at"])
        return Response(_written(delivery))


class Events(EventsView):
    @extend_schema(
        operation_id="list_events", tags=["events"], parameters=[EventQuery], responses=EventList
    )
    def get(self, request: Request) -> Response:
        """The team's events behind a cursor, oldest first; none is ever skipped.

        With `Accept: text/event-stream` the same events come as they happen (Server-Sent
        Events); `Last-Event-ID` or `after` continues behind the last one.
        """
        query = self.options_of(EventQuery)
        types = [name for name in query.get("types", "").split(",") if name]
        if not are_types(types):
            raise BadEventType("Event types are such as session.created, or room.*.")
        after = query.get("after", "")
        try:
            events = events_of_team(self.grant.team_id, after=after, types=types)
        except ValueError:
            raise BadCursor("`after` is not the id of an event.") from None
        found = list(events[: query["limit"] + 1])
        page = found[: query["limit"]]
        return Response(
            {
                "events": [shown(event) for event in page],
                "after": page[-1].cursor if page else after,
                "more": len(found) > query["limit"],
            }
        )


def _written(delivery: WebhookDelivery) -> dict[str, Any]:
    pending = delivery.state == WebhookDelivery.State.PENDING
    return {
        "delivery_id": delivery.pk,
        "event_id": delivery.event.cursor,
        "event_type": delivery.event.type,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "answer_status": delivery.answer_status,
        "error": delivery.error,
        "created_at": iso_date(delivery.created_at),
        "next_attempt_at": iso_date(delivery.due_at) if pending else None,
    }
