from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsApiConfig(AppConfig):
    name = "sessions_api"
    verbose_name = _("Calls")

    def ready(self) -> None:
        import_module("sessions_api.sweeps")
        import_module("sessions_api.figures")
        import_module("sessions_api.beats")
