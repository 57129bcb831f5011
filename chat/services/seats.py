"""Who sits in a chat room."""

from collections.abc import Collection

from chat.services.speakers import Speaker, SpeakerKind
from rooms.models import Membership, Room, Seat


def seated(room_ids: Collection[int], speakers: Collection[Speaker]) -> set[tuple[int, str]]:
    """Which of `speakers` sit in which of these chat rooms: (room id, speaker key).

    Guests sit there under their name, people under a name that is theirs or as members. One
    query for each kind of speaker, whatever the numbers.
    """
    people = {speaker.user_id: speaker.key for speaker in speakers if speaker.user_id}
    guests = {s.name: s.key for s in speakers if s.kind is SpeakerKind.GUEST}
    seats = Seat.objects.seated().filter(room__in=room_ids).order_by()
    found = set()
    if guests:
        rows = seats.filter(user=None, name__in=guests).values_list("room", "name")
        found = {(room_id, guests[name]) for room_id, name in rows}
    if people:
        members = Membership.objects.present().filter(
            room__in=room_ids, room__kind=Room.Kind.CHAT, user__in=people
        )
        own = seats.filter(user__in=people, user__is_active=True).values_list("room", "user")
        both = own.union(members.order_by().values_list("room", "user"))
        found |= {(room_id, people[user_id]) for room_id, user_id in both if user_id}
    return found
