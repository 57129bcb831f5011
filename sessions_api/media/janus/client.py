"""The WebSocket API of a Janus server: one connection with one session and its handles."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Container
from typing import Any, Self

from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from sessions_api.media.base import MediaUnreachable

PROTOCOL = Subprotocol("janus-protocol")
PLUGIN = "janus.plugin.videoroom"
ANSWER_SECONDS = 4.0
PING_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 20.0  # Janus drops a session that is silent for 60
MAX_EVENT = 4 << 20  # bytes; a description of hundreds of streams

Message = dict[str, Any]


class Refused(MediaUnreachable):
    """Janus or its plugin answered with an error; `code` is theirs."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Janus error {code}")
        self.code = code


class Connection:
    """`async with` opens it and ends its session, with which Janus drops all its handles.

    Every method raises MediaUnreachable when Janus is away, silent, or refuses.

    Args:
        heard: Called with every message that answers nothing; must not wait and must not raise.
        lost: Called when the connection breaks by itself.
    """

    def __init__(
        self,
        heard: Callable[[Message], None] = lambda message: None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._heard, self._lost = heard, lost
        self._asked: dict[str, asyncio.Future[Message]] = {}
        self._numbers = itertools.count(1)
        self._tasks: list[asyncio.Task[None]] = []
        self._session: int | None = None
        self._socket: ClientConnection

    async def __aenter__(self) -> Self:
        try:
            self._socket = await connect(
                settings.JANUS_URL,
                subprotocols=[PROTOCOL],
                compression=None,
                proxy=None,
                open_timeout=ANSWER_SECONDS,
                close_timeout=1,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
                max_size=MAX_EVENT,
            )
        except (OSError, TimeoutError, WebSocketException) as fault:
            raise MediaUnreachable(type(fault).__name__) from None
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._read()), loop.create_task(self._keep_alive())]
        try:
            self._session = (await self._ask("create"))["data"]["id"]
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *failure: object) -> None:
        for task in self._tasks:
            task.cancel()
        await self._socket.close()
        self._break()

    async def attach(self) -> int:
        """A new handle of the plugin."""
        return int((await self._ask("attach", plugin=PLUGIN))["data"]["id"])

    async def message(
        self,
        handle: int,
        body: Message,
        jsep: Message | None = None,
        *,
        unless: Container[int] = (),
    ) -> Message:
        """Ask the plugin; returns the message that answers. Refusals `unless` are no fault."""
        fields = {"handle_id": handle, "body": body} | ({"jsep": jsep} if jsep else {})
        answer = await self._ask("message", **fields)
        code = data_of(answer).get("error_code")
        if code is not None and code not in unless:
            raise Refused(code)
        return answer

    async def trickle(self, handle: int, candidate: Message) -> None:
        await self._send("trickle", handle_id=handle, candidate=candidate)

    async def _ask(self, verb: str, **fields: Any) -> Message:
        answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        number = await self._send(verb, answered, **fields)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await answered
        except TimeoutError:
            raise MediaUnreachable("no answer") from None
        finally:
            self._asked.pop(number, None)
        if answer["janus"] == "error":
            raise Refused(answer["error"]["code"])
        return answer

    async def _send(
        self, verb: str, answered: asyncio.Future[Message] | None = None, **fields: Any
    ) -> str:
        number = str(next(self._numbers))
        if answered is not None:
            self._asked[number] = answered
        message = {"janus": verb, "transaction": number, **fields}
        if self._session is not None:
            message["session_id"] = self._session
        if settings.JANUS_API_SECRET:
            message["apisecret"] = settings.JANUS_API_SECRET
        try:
            await self._socket.send(json.dumps(message))
        except WebSocketException as fault:
            self._asked.pop(number, None)
            raise MediaUnreachable(type(fault).__name__) from None
        return number

    async def _read(self) -> None:
        with contextlib.suppress(WebSocketException):
            async for text in self._socket:
                message = json.loads(text)
                if message["janus"] == "timeout":  # the session is gone
                    break
                self._take(message)
        self._break()
        self._lost()

    def _take(self, message: Message) -> None:
        answered = self._asked.get(message.get("transaction", ""))
        if answered is None:
            self._heard(message)
        elif message["janus"] != "ack" and not answered.done():
            answered.set_result(message)

    def _break(self) -> None:
        for answered in self._asked.values():
            if not answered.done():
                answered.set_exception(MediaUnreachable("connection lost"))

    async def _keep_alive(self) -> None:
        with contextlib.suppress(MediaUnreachable):  # the reader notices as well
            while True:
                await asyncio.sleep(KEEP_ALIVE_SECONDS)
                await self._send("keepalive")


def data_of(message: Message) -> Message:
    """What the plugin says in a message."""
    data = message.get("plugindata", {}).get("data", {})
    return data if isinstance(data, dict) else {}
