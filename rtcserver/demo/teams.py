"""The two demo teams and their API clients."""

from accounts.models import ApiClient, Team
from accounts.services import create_api_client, create_team, create_user_of_staff
from rtcserver.events import Actor

DEMO = Actor("system", "demo", "demo")
CLINIC, SCHOOL = "Harbour Clinic", "晨光学校"
CLIENT = "Demo back office"


def demo_client() -> ApiClient | None:
    """The first team's API client, if the demo is there."""
    if (team := Team.objects.filter(name=CLINIC).first()) is None:
        return None
    return ApiClient.objects.of_team(team.pk).filter(name=CLIENT).first()


def create_demo_teams() -> tuple[ApiClient, str]:
    """Create both teams with staff and a key each; returns the first key and its secret."""
    clinic = create_team(actor=DEMO, name=CLINIC, subdomain="harbour")
    school = create_team(actor=DEMO, name=SCHOOL, subdomain="chenguang")
    for team, username, name in (
        (clinic, "maria.jensen", "Maria Jensen"),
        (school, "li.wei", "李薇"),
    ):
        create_user_of_staff(actor=DEMO, username=username, name=name, team=team)
    create_api_client(actor=DEMO, team=school, name="教务系统")
    return create_api_client(actor=DEMO, team=clinic, name=CLIENT, scopes=["sessions", "rooms"])
