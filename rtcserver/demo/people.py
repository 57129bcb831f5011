"""Demo people who are known by phone: friends, one who blocked another, and two groups.

All have the password of the demo, for the web chat.
"""

from accounts.models import User
from accounts.services import create_person, set_password
from rtcserver.demo.teams import DEMO
from social.services import accept_friend, block_person, create_group, invite_friend

REGION = "86"
PEOPLE = {
    "13900000001": "李薇",
    "13900000002": "王芳",
    "13900000003": "陈杰",
    "13900000004": "Maria Jensen",
    "13900000005": "Tom Reid",
}
TALKERS = ("13900000004", "13900000005")  # friends, named where the demo is announced


def create_demo_people() -> None:
    """Create them once, unless somebody has one of the phones."""
    if User.objects.filter(region=REGION, phone__in=PEOPLE).exists():
        return
    li, wang, chen, maria, tom = (
        create_person(actor=DEMO, name=name, region=REGION, phone=phone)
        for phone, name in PEOPLE.items()
    )
    for one, other in ((li, wang), (li, chen), (li, maria), (maria, tom)):
        befriend(one, other)
    invite_friend(actor=DEMO, user=tom, friend_id=li.public_id, message="Hi, this is Tom.")
    block_person(actor=DEMO, user=chen, friend_id=tom.public_id)
    for owner, name, members in (
        (li, "晨光学校老师", (li, wang, chen)),
        (maria, "Harbour Clinic", (maria, tom, li)),
    ):
        ids = [member.public_id for member in members]
        create_group(actor=DEMO, user=owner, name=name, member_ids=ids)


def give_passwords(password: str) -> None:
    """Let them all sign in to the web chat."""
    for user in User.objects.filter(region=REGION, phone__in=PEOPLE):
        set_password(user, password, actor=DEMO)


def befriend(one: User, other: User) -> None:
    invite_friend(actor=DEMO, user=one, friend_id=other.public_id, message=f"I am {one.name}.")
    accept_friend(actor=DEMO, user=other, friend_id=one.public_id)
