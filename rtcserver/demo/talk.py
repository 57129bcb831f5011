"""Demo conversations: a few words between friends, in a group and in the clinic's room."""

from accounts.models import User
from chat.models import Message
from chat.services import (
    Speaker,
    conversation_of_pair,
    conversation_of_room,
    post,
)
from rooms.models import Room
from rtcserver.demo.people import PEOPLE, REGION


def create_demo_talk() -> None:
    """Let people say something, unless anything was said or somebody is missing."""
    people = {user.phone: user for user in User.objects.filter(region=REGION, phone__in=PEOPLE)}
    group = Room.across_teams.filter(kind=Room.Kind.GROUP, name="Harbour Clinic").first()
    if Message.objects.exists() or group is None or len(people) < len(PEOPLE):
        return
    li, _wang, _chen, maria, tom = (people[phone] for phone in PEOPLE)
    pair = conversation_of_pair(maria, tom)
    _say(
        pair.pk,
        (maria, "Hi Tom, are you in on Thursday?"),
        (tom, "From nine. Shall I take the first consultation?"),
        (maria, "Please do. The notes are in the back office 👍"),
    )
    _say(
        conversation_of_room(group).pk,
        (maria, "Welcome, everybody."),
        (li, "大家好！"),
        (tom, "Good to see you here, 李薇."),
    )
    waiting = Room.across_teams.live().filter(name="Waiting room").first()
    if waiting:
        back_office = Speaker.system("Harbour Clinic")
        text = "Somebody will be with you in a moment."
        post(conversation_id=conversation_of_room(waiting).pk, speaker=back_office, body=text)


def _say(conversation_id: int, *said: tuple[User, str]) -> None:
    for user, text in said:
        post(conversation_id=conversation_id, speaker=Speaker.person(user), body=text)
