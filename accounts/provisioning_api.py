"""Provisioning calls for a key with system rights, and `GET /v1/user/team` (contract A.9).

camelCase, as the PHP suite sends and reads it.
"""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.errors import UnknownTeam
from accounts.models import ApiClient, Team, User
from rtcserver.ids import parse_uuid
from rtcserver.wire.coviu import CoviuView
from rtcserver.wire.fields import Text


class AccountsView(CoviuView):
    def own_team(self, team_id: UUID) -> Team:
        """The team of the grant, if that is its id; any team for a key with system rights.

        Raises:
            UnknownTeam: No such team, or not the caller's.
        """
        teams = Team.objects.filter(public_id=team_id, is_active=True)
        if "system" not in self.grant.scopes:
            teams = teams.filter(pk=self.grant.team_id)
        if (team := teams.first()) is None:
            raise UnknownTeam("No such team.")
        return team


class NewUser(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = Text(max_length=128, min_length=6)
    firstName = Text(max_length=60, required=False)
    lastName = Text(max_length=60, required=False)
    alias = Text(max_length=128, required=False)
    imageUrl = Text(source="portrait_url", max_length=512, required=False)


class NewTeam(serializers.Serializer):
    name = Text(max_length=100, min_length=1)
    subdomain = Text(max_length=63, required=False)
    imageUrl = Text(source="picture", max_length=2048, required=False)


class NewSystemClient(serializers.Serializer):
    client_name = Text(source="name", max_length=255)
    ownerId = Text(max_length=64, required=False)
    scope = serializers.ListField(child=Text(max_length=100), min_length=1, max_length=1)


class NewApplication(serializers.Serializer):
    name = Text(max_length=255)


class NewClient(serializers.Serializer):
    client_name = Text(source="name", max_length=255)


class CodeRequest(serializers.Serializer):
    clientId = serializers.UUIDField()
    teamId = serializers.UUIDField()


class UserId(serializers.Serializer):
    userId = serializers.CharField()


class TeamId(serializers.Serializer):
    teamId = serializers.UUIDField()


class TeamOfGrant(TeamId):
    name = serializers.CharField()
    subdomain = serializers.CharField()
    imageUrl = serializers.CharField()


class ClientSecret(serializers.Serializer):
    clientId = serializers.CharField()
    secret = serializers.CharField()


class AppId(serializers.Serializer):
    appId = serializers.CharField()


class Code(serializers.Serializer):
    code = serializers.CharField()


class UserTeam(AccountsView):
    @extend_schema(operation_id="get_own_team", tags=["team"], responses=TeamOfGrant)
    def get(self, request: Request) -> Response:
        """The team this grant acts for."""
        team = Team.objects.get(pk=self.grant.team_id)
        return Response(
            {
                "teamId": str(team.public_id),
                "name": team.name,
                "subdomain": team.subdomain,
                "imageUrl": team.picture,
            }
        )


class Users(AccountsView):
    required_scopes = ["system"]

    @extend_schema(
        operation_id="create_user", tags=["provisioning"], request=NewUser, responses=UserId
    )
    def post(self, request: Request) -> Response:
        """Create a person known by e-mail and password."""
        given = self.parsed(NewUser)
        names = (given.pop("firstName", ""), given.pop("lastName", ""))
        name = given.pop("alias", "") or " ".join(filter(None, names))
        user = services.create_api_user(actor=self.actor, name=name, **given)
        return Response({"userId": user.public_id})


class TeamsOfUser(AccountsView):
    required_scopes = ["system"]

    @extend_schema(
        operation_id="create_team", tags=["provisioning"], request=NewTeam, responses=TeamId
    )
    def post(self, request: Request, user_id: str) -> Response:
        """Create a team owned by that user."""
        given = self.parsed(NewTeam)
        if (owner := User.objects.filter(public_id=user_id).first()) is None:
            raise UnknownTeam("No such user.")
        team = services.create_team(actor=self.actor, owner=owner, **given)
        return Response({"teamId": str(team.public_id)})


class SystemClients(AccountsView):
    required_scopes = ["system"]

    @extend_schema(
        operation_id="create_system_client",
        tags=["provisioning"],
        request=NewSystemClient,
        responses=ClientSecret,
    )
    def post(self, request: Request) -> Response:
        """Create an API client with rights in one team: `scope: ["team_api[<teamId>]"]`."""
        given = self.parsed(NewSystemClient)
        team_id = parse_uuid(given["scope"][0].removeprefix("team_api[").removesuffix("]"))
        if team_id is None or given["scope"] != [f"team_api[{team_id}]"]:
            raise serializers.ValidationError({"scope": "Expected team_api[<teamId>]."})
        team = self.own_team(team_id)
        client, secret = services.create_api_client(
            actor=self.actor, team=team, name=given["name"], scopes=["sessions", "team"]
        )
        return Response({"clientId": client.client_id, "secret": secret})


class TeamApplications(AccountsView):
    required_scopes = ["team"]

    @extend_schema(
        operation_id="create_team_application",
        tags=["provisioning"],
        request=NewApplication,
        responses=AppId,
    )
    def post(self, request: Request, team_id: UUID) -> Response:
        """Register an application of the team, to ask codes for."""
        given = self.parsed(NewApplication)
        client, _secret = services.create_api_client(
            actor=self.actor, team=self.own_team(team_id), name=given["name"]
        )
        return Response({"appId": client.client_id})


class TeamClients(AccountsView):
    required_scopes = ["team"]

    @extend_schema(
        operation_id="create_team_client",
        tags=["provisioning"],
        request=NewClient,
        responses=ClientSecret,
    )
    def post(self, request: Request, team_id: UUID) -> Response:
        """Create another key of the team."""
        given = self.parsed(NewClient)
        client, secret = services.create_api_client(
            actor=self.actor, team=self.own_team(team_id), name=given["name"]
        )
        return Response({"clientId": client.client_id, "secret": secret})


class AuthCodes(AccountsView):
    required_scopes = ["team"]

    @extend_schema(
        operation_id="create_auth_code", tags=["provisioning"], request=CodeRequest, responses=Code
    )
    def post(self, request: Request) -> Response:
        """Make a code that any key of the team redeems once, within ten minutes."""
        given = self.parsed(CodeRequest)
        team = self.own_team(given["teamId"])
        application = ApiClient.objects.of_team(team.pk).filter(client_id=given["clientId"]).first()
        if application is None:
            raise UnknownTeam("No such application.")
        if self.grant.user_id is None:
            raise serializers.ValidationError("Only a person's grant can make a code.")
        code = services.create_auth_code(application=application, user_id=self.grant.user_id)
        return Response({"code": code})
