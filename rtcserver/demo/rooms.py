"""Demo live rooms, opened by the back office, and chat rooms: all stay without anybody in them."""

from django.conf import settings

from accounts.models import Team
from rooms.models import Room
from rooms.services.chat_rooms import keep_chat_room
from rooms.services.management import open_room
from rooms.services.steps import live_team
from rtcserver.demo.teams import CLINIC, DEMO

CHAT_ROOMS = ("TEST", "YOU")


def create_demo_rooms() -> None:
    """Open two rooms for LiveRoom clients and one of the clinic, unless there are live rooms."""
    for name in CHAT_ROOMS:
        keep_chat_room(name=name, actor=DEMO)
    if Room.across_teams.live().exists():
        return
    team = live_team()
    for key, title, category in (
        ("morning-show", "Morning show", "talk"),
        ("英语角", "英语角", "learning"),
    ):
        fields = {"title": title, "category": category, "app_id": str(settings.LIVEROOM_SDK_APP_ID)}
        open_room(actor=DEMO, team_id=team.pk, key=key, fields=fields)
    clinic = Team.objects.get(name=CLINIC)
    open_room(actor=DEMO, team_id=clinic.pk, fields={"title": "Waiting room"})
