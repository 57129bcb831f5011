from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from rtcserver import checks, reporting, tracing  # noqa: F401 (checks register themselves)
from rtcserver.roles import ensure_operators


class ConsoleConfig(admin_apps.AdminConfig):
    default = False
    default_site = "rtcserver.console.ConsoleSite"


class RtcserverConfig(AppConfig):
    name = "rtcserver"
    verbose_name = _("Log")
    default = True

    def ready(self) -> None:
        import_module("rtcserver.connections")
        import_module("rtcserver.schema")  # registers itself with drf-spectacular
        reporting.start()
        tracing.start()
        post_migrate.connect(ensure_operators, dispatch_uid="operators")
        settle_events = import_module("rtcserver.restored").settle_events
        post_migrate.connect(settle_events, sender=self, dispatch_uid="restored")
