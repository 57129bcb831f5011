"""Teams, people and API clients in the console."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import DeviceGrant, IDToken
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import logins_admin, services, webhooks_admin  # noqa: F401 (registers itself)
from accounts.models import (
    AccessToken,
    ApiClient,
    Grant,
    RefreshToken,
    SignatureName,
    Team,
    TeamMembership,
    User,
)
from rtcserver.console import (
    ConsoleAdmin,
    OwnTeams,
    ReadOnly,
    TeamScopedAdmin,
    adopt,
    changes,
    staff,
)

# Tokens are ended by disabling a key or rotating its secret; their rows show nothing useful.
for model in (AccessToken, DeviceGrant, Grant, IDToken, RefreshToken, ApiClient, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ConsoleAdmin):
    pass


class MembershipInline(TabularInline):
    model = TeamMembership
    extra = 0
    autocomplete_fields = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TeamMembership]:
        return super().get_queryset(request).select_related("user")


@admin.register(Team)
class TeamAdmin(TeamScopedAdmin):
    team_lookup = "pk__in"
    list_display = ["name", "subdomain", "member_count", "client_count", "is_active", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "subdomain", "=public_id"]
    ordering = ["name", "id"]  # counting would lose the model's
    readonly_fields = ["public_id", "created_at"]
    fields = ["name", "subdomain", "picture", "is_active", "public_id", "created_at"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        counted = {
            "members_n": Count("memberships", distinct=True),
            "clients_n": Count("api_clients", distinct=True),
        }
        return super().get_queryset(request).annotate(**counted)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            services.update_team(obj, changes(form), actor=staff(request))
            return
        facts = {name: form.cleaned_data[name] for name in ("name", "subdomain", "picture")}
        adopt(obj, services.create_team(actor=staff(request), **facts))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # sessions and events name it; it is made inactive instead

    @display(description=_("members"), ordering="members_n")
    def member_count(self, team: Any) -> int:
        return team.members_n

    @display(description=_("API clients"), ordering="clients_n")
    def client_count(self, team: Any) -> int:
        return team.clients_n


class OptionalUsername(UsernameField):
    """Django's own takes an empty username for text and fails."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value) if value else None


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes = {"username": OptionalUsername}


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ConsoleAdmin):
    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["__str__", "username", "email", "is_staff", "is_active", "created_at"]
    list_filter = ["is_staff", "is_superuser", "is_active", "created_at", "teams"]
    actions = ["block_selected", "unblock_selected", "end_logins_selected", "erase_selected"]
    inlines = [logins_admin.LoginInline, logins_admin.ChatNameInline]
    search_fields = ["name", "username", "email", "=phone", "=public_id"]
    ordering = ["-id"]
    readonly_fields = ["public_id", "created_at", "last_login", "is_active", "codes_sent"]
    filter_horizontal = ["groups", "user_permissions"]
    fieldsets = [
        (None, {"fields": ["name", "portrait_url", "public_id", "created_at"]}),
        (
            _("Ways in"),
            {
                "fields": [
                    "username",
                    "password",
                    "email",
                    "region",
                    "phone",
                    "last_login",
                    "codes_sent",
                ]
            },
        ),
        (
            _("Rights"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
    ]

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.inlines if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # others' histories name the person; erasing empties the row

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data:  # friends' devices sync both
            services.set_name(obj, obj.name, actor=staff(request))
        if change and "portrait_url" in form.changed_data:
            services.set_portrait(obj, obj.portrait_url, actor=staff(request))

    @display(description=_("phone codes sent"))
    def codes_sent(self, user: User) -> str:
        return logins_admin.codes_of(user)

    @admin.action(description=_("Block selected people"), permissions=["change"])
    def block_selected(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self.apply(request, users, services.block_user, _("%(count)d blocked."))

    @admin.action(description=_("Unblock selected people"), permissions=["change"])
    def unblock_selected(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self.apply(request, users, services.unblock_user, _("%(count)d unblocked."))

    @admin.action(description=_("End all logins of selected people"), permissions=["change"])
    def end_logins_selected(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self.apply(request, users, services.end_every_login, _("Logins of %(count)d people ended."))

    @admin.action(description=_("Erase selected people for good"), permissions=["change"])
    def erase_selected(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self.apply(request, users, services.erase_user, _("%(count)d erased."))


class ApiClientForm(ModelForm):
    scope = MultipleChoiceField(
        label=_("Scopes"),
        choices=lambda: list(settings.SCOPES.items()),
        widget=CheckboxSelectMultiple,
        initial=services.usual_scopes,
    )

    class Meta:
        model = ApiClient
        fields = ["team", "name", "scope"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["scope"] = self.instance.scope.split()

    def clean_scope(self) -> str:
        return " ".join(self.cleaned_data["scope"])


@admin.register(ApiClient)
class ApiClientAdmin(TeamScopedAdmin):
    form = ApiClientForm
    list_display = ["name", "client_id", "team", "scope", "active_badge", "created"]
    list_filter = ["is_active", ("team", OwnTeams)]
    list_select_related = ["team"]
    search_fields = ["name", "=client_id", "team__name"]
    date_hierarchy = "created"
    actions = ["disable_selected", "enable_selected"]
    actions_detail = ["rotate"]
    readonly_fields = ["client_id", "is_active", "created", "updated"]
    fields = ["team", "name", "scope", "client_id", "is_active", "created", "updated"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "team"] if obj else list(self.readonly_fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # sessions name it; it is disabled instead

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        chosen = {"name": obj.name, "scopes": obj.scope.split(), "actor": staff(request)}
        if change:
            services.update_api_client(obj, **chosen)
            return
        stored, secret = services.create_api_client(team=obj.team, **chosen)
        adopt(obj, stored)
        self.tell_secret(request, obj, secret)

    def tell_secret(self, request: HttpRequest, client: ApiClient, secret: str) -> None:
        told = _("api_key %(key)s, key_secret %(secret)s. Copy it now: it is not shown again.")
        shown = told % {"key": client.client_id, "secret": secret}
        self.message_user(request, shown, messages.WARNING)

    @display(description=_("state"), ordering="is_active", label={True: "success", False: "danger"})
    def active_badge(self, client: ApiClient) -> tuple[bool, Any]:
        return client.is_active, _("active") if client.is_active else _("disabled")

    @admin.action(description=_("Disable selected API clients"), permissions=["change"])
    def disable_selected(self, request: HttpRequest, clients: QuerySet[ApiClient]) -> None:
        self.apply(request, clients, services.disable_api_client, _("%(count)d disabled."))

    @admin.action(description=_("Enable selected API clients"), permissions=["change"])
    def enable_selected(self, request: HttpRequest, clients: QuerySet[ApiClient]) -> None:
        self.apply(request, clients, services.enable_api_client, _("%(count)d enabled."))

    @action(description=_("Rotate secret"), permissions=["change"], icon="key")
    def rotate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        client = self.get_object(request, str(object_id))
        if client is None:
            return HttpResponseRedirect(reverse("admin:accounts_apiclient_changelist"))
        if request.method == "POST":
            self.tell_secret(request, client, services.rotate_secret(client, actor=staff(request)))
            return HttpResponseRedirect(
                reverse("admin:accounts_apiclient_change", args=[client.pk])
            )
        return self.confirm(request, client)

    def confirm(self, request: HttpRequest, client: ApiClient) -> HttpResponse:
        """Rotating cuts off whoever still uses the old secret, so it takes a second click."""
        shown = {
            **self.admin_site.each_context(request),
            "title": _("Rotate the secret of %(name)s") % {"name": client},
            "client": client,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/rotate_secret.html", shown)


@admin.register(SignatureName)
class SignatureNameAdmin(ReadOnly, ConsoleAdmin):
    """Names of the LiveRoom dialect; the salt is shown to nobody."""

    list_display = ["name", "user_count", "created_at"]
    search_fields = ["name", "=users__public_id"]
    list_filter = ["created_at"]
    fields = ["name", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignatureName]:
        return super().get_queryset(request).annotate(users_n=Count("users", distinct=True))

    @display(description=_("users"), ordering="users_n")
    def user_count(self, name: Any) -> int:
        return name.users_n
