"""Fill the database with people in groups; prints their logins and conversations as JSON."""

import json
import sys

import django

django.setup()

from accounts.models import User  # noqa: E402
from accounts.services import Device, issue_socket_token, start_login  # noqa: E402
from chat.services import conversation_of_room  # noqa: E402
from rtcserver.events import Actor  # noqa: E402
from social.services import create_group  # noqa: E402

BENCH = Actor("system", "bench", "bench")


def main(people: int, groups: int) -> None:
    users = [User.objects.create(name=f"Person {number}") for number in range(people)]
    ids = [user.public_id for user in users]
    rooms = [
        create_group(actor=BENCH, user=users[0], name=f"Group {number}", member_ids=ids)
        for number in range(groups)
    ]
    logins = [issue_socket_token(start_login(user=u, device=Device("bench"))[0]) for u in users]
    conversations = [conversation_of_room(room).public_id for room in rooms]
    print(json.dumps({"logins": logins, "conversations": conversations}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
