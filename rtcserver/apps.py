from django.apps import AppConfig
from django.db.models.signals import post_migrate

from rtcserver import checks  # noqa: F401 (registers the system checks)
from rtcserver.roles import ensure_operators


class RtcserverConfig(AppConfig):
    name = "rtcserver"

    def ready(self) -> None:
        post_migrate.connect(ensure_operators, dispatch_uid="operators")
