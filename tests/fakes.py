"""Stand-ins for what lies beyond the border of the process."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

from channels.layers import BaseChannelLayer


class BrokenChannelLayer(BaseChannelLayer):
    """A layer whose server is gone."""

    extensions = ["groups"]

    async def group_send(self, group, message):
        raise ConnectionError("gone")


class LiveKitServer:
    """Takes the calls that a LiveKit server would."""

    def __init__(self) -> None:
        self.calls: Queue[tuple[str, str, dict]] = Queue()  # method, token, body
        self.status = 200
        calls, fake = self.calls, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                token = self.headers["Authorization"].removeprefix("Bearer ")
                calls.put((self.path.rsplit("/", 1)[1], token, body))
                self.send_response(fake.status)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"ws://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _ManyCallers(ThreadingHTTPServer):
    request_queue_size = 128  # with five, the rest of a round comes a second later


class WebhookReceiver:
    """A team's own software: keeps what it gets (headers, body) and answers with `status`."""

    def __init__(self, port: int = 0) -> None:
        self.got: list[tuple[dict, bytes]] = []
        self.status = 204
        self.answers = threading.Event()  # clear it, and callers wait
        self.answers.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                receiver.answers.wait(20)
                with suppress(ConnectionError):  # who was killed does not hear it
                    self.send_response(receiver.status)
                    self.end_headers()

            def log_message(self, *args):
                pass

        self._server = _ManyCallers(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hooks"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def ids(self) -> list[str]:
        """`webhook-id` of everything that came, in order."""
        return [headers["webhook-id"] for headers, _body in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
