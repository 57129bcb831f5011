"""Blocked words: found however they are written, and replaced or refused."""

import re
import threading
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from chat.errors import WordRefused
from chat.models import BlockedWord
from chat.services.bodies import IMAGE

CACHE_SECONDS = 5.0  # a new word is known to every process after that
UNREAD_TYPES = frozenset({IMAGE, "RC:ImgMsg", "RC:VcMsg"})  # addresses and encoded pictures


class Matcher:
    """The words of one team and those of everywhere."""

    def __init__(self, words: Iterable[tuple[str, str]]) -> None:
        chosen: dict[str, list[str]] = defaultdict(list)
        for word, action in words:
            if folded := "".join(map(_folded, word)):
                chosen[action].append(folded)
        self._refused = _pattern(chosen[BlockedWord.Action.REFUSE])
        self._replaced = _pattern(chosen[BlockedWord.Action.REPLACE])

    def cleaned(self, body: Any) -> Any:
        """`body` with stars for words in any of its texts. Raises WordRefused."""
        if isinstance(body, str):
            return self._cleaned_text(body)
        if isinstance(body, dict):
            return {name: self.cleaned(value) for name, value in body.items()}
        if isinstance(body, list):
            return [self.cleaned(value) for value in body]
        return body

    def _cleaned_text(self, text: str) -> str:
        folded, origin = _fold(text)
        if self._refused and self._refused.search(folded):
            raise WordRefused("The message contains a word that may not be said here.")
        if self._replaced is None:
            return text
        hidden: set[int] = set()
        for found in self._replaced.finditer(folded):
            hidden.update(range(origin[found.start()], origin[found.end() - 1] + 1))
        return "".join("*" if at in hidden else char for at, char in enumerate(text))


def cleaned(message_type: str, body: Any, *, team_id: int | None) -> Any:
    """The body as it may be said in a conversation of that team. Raises WordRefused."""
    if message_type in UNREAD_TYPES:
        return body
    matcher = _matchers.of_team(team_id)
    return body if matcher is None else matcher.cleaned(body)


def forget_words() -> None:
    """Let this process read the words anew at the next message."""
    _matchers.forget()


def _folded(char: str) -> str:
    """One character as it is compared: no case, no width, no accents composed, nothing unseen."""
    if unicodedata.category(char) == "Cf":  # zero-width and the like
        return ""
    return unicodedata.normalize("NFKD", char).casefold()


def _fold(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place in `text` it came from."""
    folded: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        for piece in _folded(char):
            folded.append(piece)
            origin.append(at)
    return "".join(folded), origin


def _pattern(words: list[str]) -> "re.Pattern[str] | None":
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if words else None


class _Matchers:
    """What this process knows of the words, read again when it is old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._read_at = float("-inf")
        self._of_team: dict[int | None, Matcher] = {}

    def of_team(self, team_id: int | None) -> Matcher | None:
        with self._lock:
            if not 0 <= time.time() - self._read_at < CACHE_SECONDS:
                self._read()
            return self._of_team.get(team_id, self._of_team.get(None))

    def _read(self) -> None:
        words: dict[int | None, list[tuple[str, str]]] = defaultdict(list)
        for team_id, word, action in BlockedWord.objects.values_list("team", "word", "action"):
            words[team_id].append((word, action))
        everywhere = words.pop(None, [])
        self._of_team = {team_id: Matcher(own + everywhere) for team_id, own in words.items()}
        if everywhere:
            self._of_team[None] = Matcher(everywhere)
        self._read_at = time.time()


_matchers = _Matchers()
