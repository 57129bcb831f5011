"""`OperationSocket`: the base of the sockets whose frames have an `op`."""

from typing import Any

from django.db import Error
from django.utils import timezone

from rtcserver import tracing
from rtcserver.dates import iso_date
from rtcserver.errors import DomainError
from rtcserver.sockets import frames
from rtcserver.sockets.codes import Code
from rtcserver.sockets.consumer import Closed, Socket
from rtcserver.sockets.frames import BadFrame, Frame, Ref

REFUSED_FRAMES = 100  # too fast or malformed, then the connection ends


class OperationSocket(Socket):
    """A client that first says who it is (`auth`), and then asks for operations.

    Every refusal is an `error` frame with a code; a client that has not said who it is yet is
    not kept after one.
    """

    unavailable: tuple[type[Exception], ...] = (Error,)  # passing; the client may try again

    def __init__(self) -> None:
        self._refused = 0

    async def authenticate(self, frame: Frame, ref: Ref) -> None:
        """Set `known` and answer, or raise Closed: a client that shows nothing good is not kept."""
        raise NotImplementedError

    async def act(self, op: str, frame: Frame, ref: Ref) -> None:
        """Do what an authenticated client asks for. Raises BadFrame `bad_op`, DomainError."""
        raise NotImplementedError

    def answer(self, op: str, ref: Ref, **fields: Any) -> None:
        self.write(frames.answer(op, ref, **fields))

    async def received(self, text: str) -> None:
        ref = None
        try:
            frame = frames.parse(text)
            ref = frames.reference(frame)
            await self._handle(frame, ref)
        except BadFrame as fault:
            self._refuse(ref, fault.code, str(fault))
        except DomainError as refusal:
            self.answer("error", ref, code=refusal.slug, message=str(refusal))
        except self.unavailable:
            self.answer("error", ref, code="unavailable", message="Try again in a moment.")

    async def received_binary(self) -> None:
        self._refuse(None, "bad_frame", "Frames are text.")

    async def flooded(self) -> None:
        self._refuse(None, "too_fast", "Too many frames; this one was not handled.")

    async def _handle(self, frame: Frame, ref: Ref) -> None:
        op = str(frame.get("op"))
        if op == "ping":
            self.answer("pong", ref, time=iso_date(timezone.now()))
        elif op == "auth":
            if self.known:
                raise BadFrame("bad_op", "You are authenticated already.")
            await self.authenticate(frame, ref)
        elif not self.known:
            raise Closed(Code.UNAUTHENTICATED, "the first frame is auth")
        else:
            with tracing.span(type(self).__name__, operation=op[:32]):
                await self.act(op, frame, ref)

    def _refuse(self, ref: Ref, code: str, message: str) -> None:
        self._refused += 1
        if self._refused > REFUSED_FRAMES:
            raise Closed(Code.POLICY, "too many bad frames")
        if not self.known:
            raise Closed(Code.UNAUTHENTICATED, "the first frame is auth")
        self.answer("error", ref, code=code, message=message)
