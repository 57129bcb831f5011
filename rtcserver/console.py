"""The admin console: its site, and what all its pages share."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin import AllValuesFieldListFilter, RelatedFieldListFilter
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from limits import parse
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from rtcserver.errors import DomainError
from rtcserver.events import Actor
from rtcserver.wire.base import client_address
from rtcserver.wire.throttles import hit

LOGINS = parse("10/minute")  # tries per address


class ConsoleSite(UnfoldAdminSite):
    """The admin site; slows down whoever guesses passwords."""

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and hit(LOGINS, "admin login", client_address(request)):
            messages.error(request, _("Too many attempts. Wait a minute and try again."))
            return HttpResponseRedirect(request.get_full_path())
        return super().login(request, extra_context)


class BoundedPaginator(Paginator):
    """Counts no further than anybody turns pages: all of a large table would take longer."""

    MOST = 10_000  # rows; behind them one searches and filters

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: self.MOST].count()  # type: ignore[attr-defined]


class ConsoleAdmin(ModelAdmin):
    """Every change goes through a service; what a service refuses is said, and nothing is kept.

    Lists stay as fast with a million rows: `date_hierarchy` and filters that offer every value of
    a column read the whole table, so large ones have filters by date and `RecentValues`.
    """

    paginator: Any = BoundedPaginator
    list_per_page = 50
    show_full_result_count = False  # counting a large table costs more than showing a page
    compressed_fields = True
    warn_unsaved_form = True

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **options)
        except DomainError as refusal:  # the page's transaction is already rolled back
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def apply(self, request: HttpRequest, rows: Iterable[Any], act: Any, done: Any) -> None:
        """Run `act(row, actor=...)` on each row of a list action and say how it went."""
        count = 0
        for row in rows:
            try:
                act(row, actor=staff(request))
            except DomainError as refusal:
                self.message_user(request, f"{row}: {refusal}", messages.WARNING)
            else:
                count += 1
        if count:
            self.message_user(request, done % {"count": count}, messages.SUCCESS)


class TeamScopedAdmin(ConsoleAdmin):
    """Shows staff the rows of their own teams; superusers see all."""

    team_lookup = "team__in"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.of_staff(super().get_queryset(request), request, self.team_lookup)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "team":
            teams = db_field.remote_field.model._default_manager.all()
            options["queryset"] = self.of_staff(teams, request, "pk__in")
        return super().formfield_for_foreignkey(db_field, request, **options)

    @staticmethod
    def of_staff(rows: QuerySet[Any], request: HttpRequest, lookup: str) -> QuerySet[Any]:
        user: Any = request.user
        if user.is_superuser:
            return rows
        return rows.filter(**{lookup: user.teams.values("pk")})


class OwnTeams(RelatedFieldListFilter):
    """A filter by team that offers staff their own teams alone."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        teams = field.remote_field.model._default_manager.order_by("name")
        mine = TeamScopedAdmin.of_staff(teams, request, "pk__in")
        return [(team.pk, str(team)) for team in mine]


class RecentValues(AllValuesFieldListFilter):
    """A filter that offers the values of the latest rows, for columns of few values."""

    ROWS = 1_000

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: Any,
        model: Any,
        model_admin: Any,
        field_path: str,
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        latest = model_admin.get_queryset(request).order_by("-pk")
        found = set(latest.values_list(field_path, flat=True)[: self.ROWS])
        self.lookup_choices: Any = sorted(value for value in found if value)

    def has_output(self) -> bool:
        return bool(self.lookup_choices)


class ReadOnly:
    """Mix into an admin whose rows nobody edits there."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def staff(request: HttpRequest) -> Actor:
    """The person at the console, as the event log names them."""
    user: Any = request.user
    return Actor("staff", user.public_id, "admin")


def adopt(instance: Any, stored: Any) -> None:
    """Let the form's instance become the row that a service stored, for the rest of the page."""
    instance.pk = stored.pk
    instance._state.adding = False
    instance.refresh_from_db()


def changes(form: ModelForm) -> dict[str, Any]:
    """What a person changed in a form, by model field."""
    return {name: form.cleaned_data[name] for name in form.changed_data}
