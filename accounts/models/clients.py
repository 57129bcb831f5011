"""API clients of a team and the OAuth tokens that act for them."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Expression, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractRefreshToken,
)

from accounts.models.people import Team, User
from rtcserver.tenancy import TeamRows


class ApiClient(AbstractApplication):
    """An OAuth client of a team: the api_key is its `client_id`, the key_secret is hashed."""

    # Contract A.3: one key may use all four. Which scopes it may ask for is in `scope`.
    GRANTS = (
        AbstractApplication.GRANT_CLIENT_CREDENTIALS,
        AbstractApplication.GRANT_AUTHORIZATION_CODE,
        AbstractApplication.GRANT_PASSWORD,
    )

    team = models.ForeignKey(
        Team, models.CASCADE, related_name="api_clients", verbose_name=_("team")
    )
    scope = models.CharField(
        _("scopes"), max_length=255, default="sessions", help_text=_("Separated by blanks.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    across_teams = models.Manager["ApiClient"]()
    objects = TeamRows[models.QuerySet["ApiClient"]]()

    class Meta(AbstractApplication.Meta):
        ordering = ["id"]
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")
        default_manager_name = "across_teams"

    def allows_grant_type(self, *grant_types: str) -> bool:
        return bool(set(self.GRANTS) & set(grant_types))

    def is_usable(self, request: object) -> bool:
        return self.is_active and self.team.is_active


class TokenQuerySet(models.QuerySet["AccessToken"]):
    def live(self, at: datetime | Expression | None = None) -> Self:
        return self.filter(expires__gt=at or timezone.now())

    def usable(self, at: datetime | Expression | None = None) -> Self:
        """Live tokens whose key, team and person may still act."""
        return self.live(at).filter(
            Q(user=None) | Q(user__is_active=True),
            application__is_active=True,
            application__team__is_active=True,
        )


class RefreshToken(AbstractRefreshToken):
    """Renews access tokens of one client; of a key alone (no user) or of a person."""

    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="refresh_tokens"
    )
    scope = models.TextField(_("scope"), blank=True)

    class Meta(AbstractRefreshToken.Meta):
        verbose_name = _("refresh token")
        verbose_name_plural = _("refresh tokens")
        indexes = [
            *AbstractRefreshToken.Meta.indexes,
            models.Index(fields=["application", "-id"], name="refresh_token_newest"),
        ]


class AccessToken(AbstractAccessToken):
    """A bearer token at rest: its checksum, not its text.

    `renewed_by` is the refresh token it came with or from; revoking that one deletes it, while one
    that merely makes room for newer ones leaves it its hour.
    """

    id_token = None  # no OpenID Connect; its table would also depend on this one in a circle
    renewed_by = models.ForeignKey(
        RefreshToken, models.SET_NULL, null=True, blank=True, related_name="issued"
    )

    objects = TokenQuerySet.as_manager()

    class Meta(AbstractAccessToken.Meta):
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        indexes = [models.Index("expires", name="access_token_expiry")]


class Grant(AbstractGrant):
    """An authorization code at rest; `code` holds its SHA-256, the code itself is never stored."""

    class Meta(AbstractGrant.Meta):
        verbose_name = _("authorization code")
        verbose_name_plural = _("authorization codes")
