"""`manage.py serve`: HTTP and WebSocket in one process, on one port or on two."""

import os
import socket
from contextlib import suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

MAX_FRAME = 65_536  # bytes of a WebSocket message; larger ones are refused with 1009


class Server(uvicorn.Server):
    """Tells systemd when it answers, so that one restart after another leaves no gap."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        address = os.environ.get("NOTIFY_SOCKET")
        if self.started and address:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.sendto(b"READY=1", address.replace("@", "\0", 1))  # @: an abstract one


class Command(BaseCommand):
    help = "Serve HTTP and WebSocket in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        host, ports = options["host"], [options["port"], settings.CHATROOM_PORT]
        servers = [self._config(host, port) for port in ports if port]
        with suppress(KeyboardInterrupt):
            Server(servers[0]).run([server.bind_socket() for server in servers])

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
