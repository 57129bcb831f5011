"""The admin console: its site, and what all its pages share."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin import RelatedFieldListFilter
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
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


class ConsoleAdmin(ModelAdmin):
    """Every change goes through a service; what a service refuses is said, and nothing is kept."""

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
