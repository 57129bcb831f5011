"""`/ws/call`: the lobby and the signalling of a call (docs/calls.md)."""

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import Error
from django.utils import timezone

from rtcserver.bus import Announcement
from rtcserver.dates import iso_date
from rtcserver.errors import DomainError, Kind
from rtcserver.sockets import Closed, Code, OperationSocket, domain, frames
from rtcserver.sockets.frames import BadFrame, Frame, Ref
from sessions_api import services
from sessions_api.consumers import hearing, operations
from sessions_api.consumers.here import here
from sessions_api.consumers.line import Line
from sessions_api.consumers.situation import Situation, about, read_situation
from sessions_api.errors import CallFull, NotInside, UnknownParticipant
from sessions_api.models import Participant
from sessions_api.reading import invited
from sessions_api.services.records import window

LONGEST_TIMER = 3600.0  # seconds; then the clock is asked again
SETTLED = 0.02  # seconds behind a moment, so that it has passed by every clock here
ENTRY_LENGTH = 64


class CallSocket(OperationSocket):
    """One page of one participant. Until they are let in it is told its own state alone."""

    frames_per_second = 40.0
    burst = 240.0  # a page that joins a full mesh sends its candidates all at once

    def __init__(self) -> None:
        super().__init__()
        self.connection_id = secrets.token_urlsafe(18)
        self.person: Participant | None = None
        self.situation: Situation | None = None
        self.line = Line(self)
        self.shown_media: Frame = {}  # muted, camera, sharing: told to those who come later
        self._early: list[Announcement] | None = []  # heard while the call is being read
        self._reading = asyncio.Lock()
        self._outdated = False
        self._refreshing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_inside(self) -> bool:
        return self.situation is not None and self.situation.place == "inside"

    async def closed(self, code: int) -> None:
        self.line.close()
        if self._timer:
            self._timer.cancel()
        for task in [*self._tasks, *filter(None, [self._refreshing])]:
            task.cancel()
        if here.remove(self):
            try:
                await domain(services.disconnect, self.connection_id)
            except Error:
                return  # the lease runs out by itself

    def heard(self, announcement: Announcement) -> None:
        if self._early is not None and announcement.message["type"].startswith("call."):
            self._early.append(announcement)
        else:
            hearing.heard(self, announcement)

    def over(self, reason: str, code: Code) -> None:
        """Say why, and good-bye."""
        here.remove(self)
        self.write(frames.encode("closed", reason=reason))
        self.end(code, reason)

    def end(self, code: int, reason: str = "", *, cut: bool = False) -> None:
        self.line.close()
        super().end(code, reason, cut=cut)

    def lost(self) -> None:
        """The lease of this connection ran out: the page is to come again."""
        self.end(Code.RESUME, "lapsed, connect again")

    def refresh(self) -> None:
        """Soon read anew where the person is; called again meanwhile, once more."""
        self._outdated = True
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh())

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def show_situation(self, *, again: bool = False) -> None:
        """Read where the person is, and tell the page; what is heard meanwhile comes behind.

        Args:
            again: Tell also of a state that the page should know already.
        """
        async with self._reading:
            self._early = self._early or []  # signs to this person may have come already
            try:
                if self.person is not None:
                    await self._show_situation(self.person, again=again)
            finally:
                early, self._early = self._early, None
                for announcement in early or []:
                    hearing.heard(self, announcement)

    async def _show_situation(self, person: Participant, *, again: bool) -> None:
        self.join(services.call_topic(person.session))
        found = await domain(read_situation, person, self.connection_id)
        known, self.situation, self.person = self.situation, found, found.person
        if found.closes_at is not None and found.closes_at <= timezone.now():
            return self.over("ended", Code.ENDED)
        if again or known is None or _told(known) != _told(found):
            self.write(frames.encode("state", state=found.place, **window(found.session)))
        if found.inside is None:
            self.line.close()
            self.leave(services.call_topic(found.session))  # nothing of the call for who waits
        else:
            self.line.allow(can_publish=found.person.can_publish)
            self.write(frames.encode("inside", you=about(found.person), **found.inside))
        self._set_timer(found.next_change)
        return None

    async def act(self, op: str, frame: Frame, ref: Ref) -> None:
        if op not in operations.BY_NAME:
            raise BadFrame("bad_op", "There is no such operation.")
        await operations.BY_NAME[op](self, frame, ref)

    async def authenticate(self, frame: Frame, ref: Ref) -> None:
        entry = frames.text_in(frame, "entry", most=ENTRY_LENGTH)
        person = await domain(invited, entry)
        try:
            if person is None:
                raise UnknownParticipant("This link leads to no call.")
            self.person, self.known = person, True
            self.join(services.participant_topic(person))
            await self._arrive(person)
        except Error:  # half arrived: the page comes again, and is told everything then
            raise Closed(Code.RESUME, "unavailable, resume") from None
        except DomainError as refusal:
            self.answer("closed", ref, reason=refusal.slug, message=str(refusal))
            raise Closed(_code_of(refusal), refusal.slug) from None
        you, now = about(person), iso_date(timezone.now())
        self.answer("welcome", ref, you=you, connection=self.connection_id, time=now)
        try:
            await self.show_situation()
        except NotInside:
            self.lost()  # another page took over at this very moment
        except Error:
            raise Closed(Code.RESUME, "unavailable, resume") from None

    async def _arrive(self, person: Participant) -> None:
        await domain(services.arrive, person, connection_id=self.connection_id)
        here.add(self)

    async def _refresh(self) -> None:
        while self._outdated and self.person:
            self._outdated = False
            try:
                await self.show_situation()
            except NotInside:
                return None  # and what ended it is announced
            except Error:
                return self.end(Code.RESUME, "unavailable, resume")
        return None

    def _set_timer(self, moment: datetime | None) -> None:
        if self._timer:
            self._timer.cancel()
        if moment is None:
            return
        left = (moment - timezone.now()).total_seconds() + SETTLED
        wait = min(max(left, SETTLED), LONGEST_TIMER)
        self._timer = asyncio.get_running_loop().call_later(wait, self._on_time)

    def _on_time(self) -> None:
        """A moment has come: the call opens, or it is over."""
        if self.situation is not None and self.situation.place == "early":
            self.spawn(self._come_in(self.situation.person))
        else:
            self.refresh()

    async def _come_in(self, person: Participant) -> None:
        """Those who came early are placed again: hosts enter, guests ask."""
        try:
            await self._arrive(person)
        except DomainError as refusal:
            return await self._turned_back(person, refusal)
        except Error:
            return self.lost()
        self.refresh()
        return None

    async def _turned_back(self, person: Participant, refusal: DomainError) -> None:
        """There is no place: nor shall one that is free later be kept for somebody who is gone."""
        self.leave(services.participant_topic(person))  # which tells of leaving, too
        with suppress(Error):  # then it is a connection that broke
            await domain(services.leave, person, connection_id=self.connection_id)
        self.write(frames.encode("closed", reason=refusal.slug))
        self.end(_code_of(refusal), refusal.slug)


def _code_of(refusal: DomainError) -> Code:
    """Why somebody was turned away at the door."""
    if isinstance(refusal, CallFull):
        return Code.FULL
    return Code.NOT_FOUND if refusal.kind is Kind.NOT_FOUND else Code.ENDED


def _told(situation: Situation) -> tuple[Any, ...]:
    return situation.place, situation.session.starts_at, situation.session.ends_at
