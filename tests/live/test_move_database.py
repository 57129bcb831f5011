"""`manage.py move_database`: every dialect, from SQLite to PostgreSQL and back."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.databases import OwnPostgres, copy_tables, run
from tests.live.instance import Instance
from tests.servers import free_port, migrated, running

pytestmark = [pytest.mark.postgresql, pytest.mark.postgresql_server, pytest.mark.django_db]


def manage(state, source, *arguments):
    """What a command said, and whether it ended well."""
    own = {
        "RTC_STATE_DIR": str(state), "RTC_PROFILE": "development", "RTC_SECRET_KEY": "live tests",
        "DATABASE_URL": source, "REDIS_URL": "",
    }  # fmt: skip
    command = [sys.executable, "manage.py", *arguments]
    ended = subprocess.run(
        command, cwd=settings.BASE_DIR, env=os.environ | own, text=True, capture_output=True
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.stdout + ended.stderr, ended.returncode == 0


def move(state, source, target):
    said, well = manage(state, source, "move_database", "--to", target)
    assert well, said
    return said


def refused(state, source, target):
    said, well = manage(state, source, "move_database", "--to", target)
    assert not well, said
    assert "Nothing was moved" in said
    return said


@pytest.fixture
def receiver(receiver):
    """One that is down, so that there is still something to be sent after the move."""
    receiver.status = 503
    return receiver


@pytest.fixture
def state(tmp_path):
    """The folder of an installation, with an empty SQLite in it."""
    shutil.copy(migrated(), tmp_path / "db.sqlite3")
    return tmp_path


@pytest.fixture
def source(state):
    return f"sqlite:///{state / 'db.sqlite3'}"


@pytest.fixture(scope="module")
def server():
    """Of its own: an event shows once no older transaction of the server runs."""
    with OwnPostgres() as started:
        yield started


@pytest.fixture
def target(server):
    with server.database("moved") as url:
        copy_tables(url)
        yield url


def wait_until(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


@contextmanager
def grown(state, source, port, receiver):
    """An installation that every dialect used, while it serves."""
    key, _well = manage(state, source, "create_api_client", "--team=A", "--name=B", "--json")
    with running(state, port, DATABASE_URL=source) as (facts, _printed):
        instance = Instance(facts | json.loads(key))
        instance.grow(receiver.url)
        wait_until(lambda: receiver.got)
        yield instance


def check_it_goes_on(instance, before, events, receiver):
    """Returns the events there are by now."""
    assert instance.state() == before
    events = instance.check_events(events)
    instance.check_continues()
    receiver.status = 204
    instance.replay()
    wait_until(lambda: len(set(receiver.ids)) == 2)  # the one that was replayed, and the new one
    return events


def test_every_dialect_goes_on_where_it_was(state, source, target, receiver):
    port = free_port()
    with grown(state, source, port, receiver) as instance:
        assert "A worker is at work" in refused(state, source, target)
        before, events = instance.state(), instance.events()
    said = move(state, source, target)
    assert "chat_message" in said
    assert "DIFFERS" not in said
    with running(state, port, DATABASE_URL=target):
        check_it_goes_on(instance, before, events, receiver)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_from_sqlite_to_postgresql_to_another_one_and_back(state, source, server, receiver):
    port, back = free_port(), f"sqlite:///{state / 'back.sqlite3'}"
    with grown(state, source, port, receiver) as instance:
        before, events = instance.state(), instance.events()
    with server.database("first") as first, server.database("second") as second:  # never migrated
        for there, here in ((source, first), (first, second), (second, back)):
            move(state, there, here)
            with running(state, port, DATABASE_URL=here):
                assert instance.state() == before
                events = instance.check_events(events)
                before = instance.state()


def test_a_database_that_is_used_or_the_same_is_no_target(state, source, target):
    assert "the database that is moved from" in refused(state, source, source)
    run(target, "INSERT INTO rtcserver_syncclock VALUES (1, 5)")
    assert "has rows already (rtcserver_syncclock)" in refused(state, source, target)


def change(source, *statements):
    with closing(sqlite3.connect(source.removeprefix("sqlite:///"))) as database, database:
        database.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            database.execute(statement)


GROUP = "INSERT INTO auth_group (id, name) VALUES ({}, {})"


def count(target):
    return run(target, "SELECT count(*) FROM auth_group")[0][0]


def test_rows_that_postgresql_cannot_hold_are_named_before_anything_is_written(
    state, source, target
):
    change(
        source,
        GROUP.format(7, "'NUL' || char(0)"),
        GROUP.format(8, "'" + "x" * 1000 + "'"),
    )
    said = refused(state, source, target)
    assert "auth_group, row 7: name holds a NUL character" in said
    assert "auth_group, row 8: name is longer than" in said
    assert "xxx" not in said


def test_half_a_move_is_no_move(state, source, target):
    """A row breaks a rule of the target: what was written before it is not there either."""
    clock = "INSERT INTO rtcserver_syncclock (id, value) VALUES (1, 424242)"
    change(source, GROUP.format(7, "'Clinic'"), clock)
    run(target, "ALTER TABLE rtcserver_syncclock ADD CONSTRAINT small CHECK (value < 5)")
    said = refused(state, source, target)
    assert "rtcserver_syncclock cannot be written" in said
    assert '"small"' in said
    assert "424242" not in said
    assert count(target) == 1
    run(target, "ALTER TABLE rtcserver_syncclock DROP CONSTRAINT small")
    move(state, source, target)
    assert count(target) == 2


def test_rows_that_refer_to_nothing_are_not_moved(state, source, target):
    change(source, "INSERT INTO accounts_user_groups (user_id, group_id) VALUES (5, 5)")
    assert "Rows refer to rows that are not there" in refused(state, source, target)


def test_a_source_of_another_release_is_refused(state, source, target):
    change(source, "DELETE FROM django_migrations WHERE app = 'chat' AND name LIKE '0003%'")
    assert "manage.py migrate" in refused(state, source, target)


def test_no_id_is_given_twice(state, source, target):
    """Somebody may still know the id of a row that was deleted."""
    change(source, GROUP.format(500, "'Gone'"), "DELETE FROM auth_group WHERE id = 500")
    move(state, source, target)
    sequence = "SELECT nextval(pg_get_serial_sequence('auth_group', 'id'))"
    assert run(target, sequence)[0][0] == 501


def test_an_address_that_leads_nowhere_is_refused_and_not_repeated(state, source):
    for target in (f"postgres://me:hidden@127.0.0.1:{free_port()}/x", "postgres://me:hidden@[/x"):
        assert "hidden" not in refused(state, source, target)
    assert Path(source.removeprefix("sqlite:///")).exists()
