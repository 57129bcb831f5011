"""Groups of people for tests with real servers, and the URL of a database that holds them."""

from dataclasses import dataclass

from accounts.models import User
from accounts.services import issue_socket_token
from accounts.services.logins import Device, start_login
from chat.services import conversation_of_room
from social.services import create_group
from tests.conftest import TESTER
from tests.factories import UserFactory


@dataclass(frozen=True)
class Crowd:
    """`logins` of people who are all in the same groups, known by the ids of `conversations`."""

    logins: list[str]
    conversations: list[str]


def gather(people: int, groups: int) -> Crowd:
    users = UserFactory.create_batch(people)
    ids = [user.public_id for user in users]
    conversations = [
        conversation_of_room(
            create_group(actor=TESTER, user=users[0], name=f"Group {number}", member_ids=ids)
        ).public_id
        for number in range(groups)
    ]
    return Crowd([login_of(user) for user in users], conversations)


def login_of(user: User) -> str:
    login, _key = start_login(user=user, device=Device("sealtalk"))
    return issue_socket_token(login)
