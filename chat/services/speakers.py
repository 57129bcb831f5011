"""Who speaks and reads: a person, a participant, a guest by name, or somebody in charge."""

from dataclasses import dataclass
from enum import StrEnum

from accounts.models import User
from sessions_api.models import Participant


class SpeakerKind(StrEnum):
    PERSON = "person"
    PARTICIPANT = "participant"
    GUEST = "guest"  # known by a name alone
    CLIENT = "client"  # an API client, in the conversations of its team
    STAFF = "staff"
    SYSTEM = "system"


OVERSEERS = (SpeakerKind.CLIENT, SpeakerKind.STAFF, SpeakerKind.SYSTEM)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whoever reads or writes, made by one of the constructors below.

    `key` is what their messages are known by. `team_ids` are the teams somebody in charge may
    act for; None stands for every team.
    """

    key: str
    name: str
    picture: str = ""
    user_id: int | None = None
    kind: SpeakerKind = SpeakerKind.PERSON
    team_ids: frozenset[int] | None = frozenset()

    @property
    def is_overseer(self) -> bool:
        """In charge without being in the conversation."""
        return self.kind in OVERSEERS

    @classmethod
    def person(cls, user: User) -> "Speaker":
        return cls(f"person:{user.public_id}", user.name, user.portrait_url, user.pk)

    @classmethod
    def participant(cls, participant: Participant) -> "Speaker":
        """By `peer_id`: the `public_id` of a participant is a credential."""
        key = f"{SpeakerKind.PARTICIPANT}:{participant.peer_id}"
        name, picture = participant.display_name or "", participant.picture or ""
        return cls(key, name, picture, kind=SpeakerKind.PARTICIPANT)

    @classmethod
    def guest(cls, name: str, picture: str = "") -> "Speaker":
        return cls(f"{SpeakerKind.GUEST}:{name}", name, picture, kind=SpeakerKind.GUEST)

    @classmethod
    def api_client(cls, api_key: str, *, team_id: int, name: str = "") -> "Speaker":
        teams = frozenset([team_id])
        key = f"{SpeakerKind.CLIENT}:{api_key}"
        return cls(key, name, kind=SpeakerKind.CLIENT, team_ids=teams)

    @classmethod
    def staff(cls, user: User) -> "Speaker":
        """Somebody at the console: superusers act everywhere, others for their teams."""
        teams = None if user.is_superuser else frozenset(user.teams.values_list("pk", flat=True))
        key = f"{SpeakerKind.STAFF}:{user.public_id}"
        return cls(key, "", user_id=user.pk, kind=SpeakerKind.STAFF, team_ids=teams)

    @classmethod
    def system(cls, name: str = "") -> "Speaker":
        """The server itself."""
        return cls(str(SpeakerKind.SYSTEM), name, kind=SpeakerKind.SYSTEM, team_ids=None)
