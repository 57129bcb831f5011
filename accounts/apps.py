from importlib import import_module

from corsheaders.signals import check_request_enabled
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and access")

    def ready(self) -> None:
        import_module("accounts.sweeps")
        import_module("accounts.figures")
        check_request_enabled.connect(import_module("rtcserver.wire.liveroom").allows_origin)
