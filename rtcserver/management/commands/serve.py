"""`manage.py serve`: HTTP and WebSocket in one process, on one port or on two."""

from contextlib import suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

MAX_FRAME = 65_536  # bytes of a WebSocket message; larger ones are refused with 1009


class Command(BaseCommand):
    help = "Serve HTTP and WebSocket in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        host, ports = options["host"], [options["port"], settings.CHATROOM_PORT]
        servers = [self._config(host, port) for port in ports if port]
        with suppress(KeyboardInterrupt):
            uvicorn.Server(servers[0]).run([server.bind_socket() for server in servers])

    def _config(self, host: str, port: int) -> uvicorn.Config:
        return uvicorn.Config(
            "rtcserver.asgi:application",
            host=host,
            port=port,
            proxy_headers=False,  # RTC_TRUSTED_PROXIES decides whom to believe
            limit_concurrency=settings.MAX_CONNECTIONS,
            access_log=False,  # paths of entry URLs are credentials
            server_header=False,
            log_config=None,  # settings.LOGGING, with its redaction
            ws_max_size=MAX_FRAME,
            ws_max_queue=8,
            ws_per_message_deflate=False,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=10,
        )
