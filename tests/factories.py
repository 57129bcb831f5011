"""Valid rows by default; name only the facts a test is about."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.models import ApiClient, Team, User
from sessions_api.models import Participant, Session


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence("user{}".format)
    name = factory.Sequence("Person {}".format)


class TeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Team

    name = factory.Sequence("Team {}".format)


class AcrossTeamsFactory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True

    @classmethod
    def _get_manager(cls, model_class):
        return model_class.across_teams


class ApiClientFactory(AcrossTeamsFactory):
    class Meta:
        model = ApiClient

    team = factory.SubFactory(TeamFactory)
    name = "Clinic backend"
    client_type = ApiClient.CLIENT_CONFIDENTIAL
    authorization_grant_type = ApiClient.GRANT_CLIENT_CREDENTIALS


class SessionFactory(AcrossTeamsFactory):
    class Meta:
        model = Session

    class Params:
        started = factory.Trait(starts_at=factory.LazyFunction(lambda: in_hours(-1)))
        ended = factory.Trait(
            starts_at=factory.LazyFunction(lambda: in_hours(-2)),
            ends_at=factory.LazyFunction(lambda: in_hours(-1)),
        )
        canceled = factory.Trait(canceled_at=factory.LazyFunction(timezone.now))

    client = factory.SubFactory(ApiClientFactory)
    team = factory.SelfAttribute("client.team")
    name = "Consultation"
    starts_at = factory.LazyFunction(lambda: in_hours(1))
    ends_at = factory.LazyFunction(lambda: in_hours(2))


class ParticipantFactory(AcrossTeamsFactory):
    class Meta:
        model = Participant

    session = factory.SubFactory(SessionFactory)
    client = factory.SelfAttribute("session.client")
    display_name = factory.Sequence("Guest {}".format)
    role = Participant.Role.GUEST


def in_hours(hours: float):
    return timezone.now() + timedelta(hours=hours)
