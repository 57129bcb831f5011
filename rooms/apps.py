from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoomsConfig(AppConfig):
    name = "rooms"
    verbose_name = _("Rooms")

    def ready(self) -> None:
        import_module("rooms.beats")
        import_module("rooms.receivers")
        import_module("rooms.sweeps")
