"""`manage.py up`: from nothing to a running server with demo data. What `make run` calls."""

import socket
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from rtcserver.demo import DemoFacts, ensure_demo, read_facts, write_facts
from rtcserver.demo.people import REGION


class Command(BaseCommand):
    help = "Migrate, load the demo data once, say where everything is, and serve."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "`up` loads demo data and is for development. In production run "
                "`manage.py migrate` and `manage.py serve`."
            )
        for port in (settings.PORT, settings.CHATROOM_PORT):
            self._refuse_a_port_in_use(port)
        call_command("migrate", verbosity=0)
        facts = ensure_demo(read_facts())
        write_facts(facts)
        self._tell(facts)
        call_command("serve")

    def _refuse_a_port_in_use(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CommandError(
                    f"Port {port} is taken. Choose another: PORT=8001 make run"
                ) from None

    def _tell(self, facts: DemoFacts) -> None:
        base = facts["base_url"]
        talkers = f"+{REGION} {facts['chat_phone']} or {facts['chat_friend_phone']}"
        self.stdout.write(
            f"""
rtcserver is at {base}

  Admin        {base}/admin/    {facts["admin_user"]} / {facts["admin_password"]}
  API docs     {base}/v1/docs
  Chat         {base}/chat      {talkers} / {facts["chat_password"]}
  api_key      {facts["api_key"]}
  key_secret   {facts["key_secret"]}
  Host enters  {facts["host_entry_url"]}
  Guest enters {facts["guest_entry_url"]}

Try it:
  curl -s -u {facts["api_key"]}:{facts["key_secret"]} \\
    -d grant_type=client_credentials {base}/v1/auth/token

The same is in {settings.STATE_DIR / "demo.json"}. Stop with Ctrl-C.
"""
        )
        self.stdout.flush()
