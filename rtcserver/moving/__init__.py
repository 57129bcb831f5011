"""Carrying every row of this installation to another, empty database (docs/operations.md).

Ids stay, so everything that was handed out keeps working: entry URLs, tokens, numbers of
messages, cursors. All of it happens in one transaction of the target: half a move is no move.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections, transaction

from rtcserver.models import Event
from rtcserver.moving import readiness
from rtcserver.moving.errors import MoveRefused
from rtcserver.moving.ids import continue_ids
from rtcserver.moving.tables import Tally, copy, empty, name_of, survey, tables
from rtcserver.moving.target import TARGET, open_target
from rtcserver.snapshots import read_snapshot

__all__ = ["MoveRefused", "move"]

Tell = Callable[[str], None]


def move(url: str, tell: Tell) -> None:
    """Copy all rows to the database at `url`, which is migrated first and holds none.

    Args:
        tell: Is given a line for every step.

    Raises MoveRefused: Nothing was moved; the text says why. It holds no row's contents.
    """
    open_target(url)
    readiness.check_databases()
    readiness.check_nobody_works(tell)
    with _held():
        before = _survey(tell)
        call_command("migrate", database=TARGET, verbosity=0, interactive=False)
        with transaction.atomic(using=TARGET):
            readiness.check_target_is_empty()
            empty(readiness.MADE_BY_MIGRATE, TARGET)
            _copy(before, tell)
            _compare(before, tell)
            Event.objects.using(TARGET).rebase()
            continue_ids(tables(), DEFAULT_DB_ALIAS, TARGET)


@contextmanager
def _held() -> Iterator[None]:
    """Everything is read as of one moment. SQLite's only writer is held up meanwhile."""
    if connection.vendor == "postgresql":
        with read_snapshot():
            yield
    else:
        with transaction.atomic():
            yield


def _survey(tell: Tell) -> dict[str, Tally]:
    """Count and sum every table of the source. Raises MoveRefused if a row cannot be carried."""
    tell("Reading")
    tallies, misfits = {}, []
    for model in tables():
        try:
            tally = survey(model, DEFAULT_DB_ALIAS, fit_for=TARGET)
        except ValueError as fault:  # its text quotes the value
            reason = type(fault).__name__
            raise MoveRefused(f"{name_of(model)} cannot be read ({reason}).") from None
        tallies[name_of(model)] = tally
        misfits += tally.misfits
    if misfits:
        raise MoveRefused("\n".join(["Some rows cannot be carried; correct them first:", *misfits]))
    return tallies


def _copy(before: dict[str, Tally], tell: Tell) -> None:
    tell("Copying")
    for model in tables():
        name = name_of(model)
        with _refused_as(f"{name} cannot be written"):
            for done in copy(model, DEFAULT_DB_ALIAS, TARGET):
                tell(f"  {name}: {done} of {before[name].rows}")
    with _refused_as("Rows refer to rows that are not there"):
        connections[TARGET].check_constraints()


@contextmanager
def _refused_as(words: str) -> Iterator[None]:
    try:
        yield
    except Error as fault:  # its first line names the rule; the others show the row
        reason = str(fault).partition("\n")[0]
        raise MoveRefused(f"{words}: {reason}") from None


def _compare(before: dict[str, Tally], tell: Tell) -> None:
    tell(f"Comparing\n  {'rows':>10}  {'checksum':<16}  table")
    differing = []
    for model in tables():
        name = name_of(model)
        there, here = before[name], survey(model, TARGET)
        same = (there.rows, there.checksum) == (here.rows, here.checksum)
        tell(f"  {here.rows:>10}  {here.checksum:<16}  {name}{'' if same else '  DIFFERS'}")
        if not same:
            differing.append(name)
    if differing:
        raise MoveRefused(f"What was written is not what was read: {', '.join(differing)}.")
