from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SocialConfig(AppConfig):
    name = "social"
    verbose_name = _("Friends and groups")

    def ready(self) -> None:
        import_module("social.receivers")  # it needs models, which are loaded only now
