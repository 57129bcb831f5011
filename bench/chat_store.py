"""Store and acknowledge beside bare INSERT and commit."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from itertools import count, cycle
from pathlib import Path

import psycopg2

from bench.rest import on_threads
from bench.taps import Counter, Tap, tap

CONNECTIONS, GROUPS = 25, 100
SECONDS = 3.0
# The table of the product with all that hangs on it: indexes, checks and foreign keys.
BARE_TABLE = """
    CREATE TABLE bare_message (LIKE chat_message INCLUDING ALL);
    ALTER TABLE bare_message
        ADD FOREIGN KEY (conversation_id) REFERENCES chat_conversation INITIALLY DEFERRED,
        ADD FOREIGN KEY (sender_id) REFERENCES accounts_user INITIALLY DEFERRED"""
INSERT = """
    INSERT INTO bare_message (conversation_id, seq, kind, sender_key, sender_id, sender_name,
        sender_picture, client_message_id, type, body, created_at, removed_by_key)
    VALUES (%s, %s, 'message', %s, %s, 'Person 1', '', %s, 'text', %s, now(), '')"""
BODY = "x" * 100


def fill(environment: dict[str, str]) -> dict[str, list[str]]:
    run = [sys.executable, "manage.py"]
    subprocess.run([*run, "migrate", "-v0"], env=environment, check=True)
    seeding = [sys.executable, "-m", "bench.chatters", str(CONNECTIONS), str(GROUPS)]
    settings = {"DJANGO_SETTINGS_MODULE": "rtcserver.settings"}
    made = subprocess.run(seeding, env=environment | settings, check=True, capture_output=True)
    with psycopg2.connect(environment["DATABASE_URL"]) as admin, admin.cursor() as cursor:
        cursor.execute(BARE_TABLE)
    return json.loads(made.stdout)


def bare_rate(url: str, conversations: int) -> float:
    """Commits a second; every one has a number of its own, and one of the people as its sender."""
    with psycopg2.connect(url) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT id FROM chat_conversation ORDER BY id LIMIT %s", [conversations])
        places = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT id, 'person:' || public_id FROM accounts_user ORDER BY id")
        people = cursor.fetchall()
    numbers = count(time.time_ns())

    def insert(cursor) -> None:
        seq = next(numbers)
        pk, key = people[seq % len(people)]
        row = [places[seq % conversations], seq, key, pk, os.urandom(12).hex(), json.dumps(BODY)]
        cursor.execute(INSERT, row)

    return on_threads(url, insert, seconds=SECONDS, connections=CONNECTIONS).per_second


class Chatter(Tap):
    """Sends the next message when the one before was acknowledged."""

    def begin(self, conversations: list[str], until: float) -> None:
        self.conversations, self.until, self.acknowledged = cycle(conversations), until, 0
        self.over = asyncio.get_running_loop().create_future()
        self._next()

    def data_received(self, data: bytes) -> None:
        if self.opened.done() and b'"op":"sent"' in data:
            self.acknowledged += 1
            self._next()
        else:
            super().data_received(data)

    def _next(self) -> None:
        if time.perf_counter() > self.until:
            if not self.over.done():
                self.over.set_result(self.acknowledged)
            return
        frame = {"op": "send", "conversation": next(self.conversations), "body": BODY}
        self.say(json.dumps(frame | {"id": os.urandom(12).hex()}))


async def chatters(port: int, made: dict[str, list[str]], own: int) -> list[tuple[Chatter, list]]:
    """Each in `own` conversations of their own; 0: all in the first one."""
    found = []
    for number, login in enumerate(made["logins"]):
        groups = made["conversations"][number * own : (number + 1) * own]
        mine = groups or made["conversations"][:1]
        chatter = await tap(port, "/ws/chat", Counter(), Chatter)
        chatter.say(json.dumps({"op": "auth", "login": login}))
        for name in mine:
            chatter.say(json.dumps({"op": "subscribe", "conversation": name}))
        found.append((chatter, mine))
    await asyncio.sleep(3)
    return found


async def product_rate(talking: list[tuple[Chatter, list]]) -> float:
    until = time.perf_counter() + SECONDS
    for chatter, mine in talking:
        chatter.begin(mine, until)
    return sum(await asyncio.gather(*(chatter.over for chatter, _mine in talking))) / SECONDS


class DatabaseCpu:
    """CPU seconds of a PostgreSQL server on this machine, with all its processes so far."""

    def __init__(self, url: str) -> None:
        with psycopg2.connect(url) as connection:
            pid = connection.info.backend_pid
        self._postmaster = int(_stat(pid)[1])

    def __call__(self) -> float:
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children").read_text()
        ticks = sum(map(int, _stat(self._postmaster)[11:15]))  # with children that ended
        for pid in children.split():
            with suppress(OSError):  # it ends just now: counted with the postmaster next time
                ticks += sum(map(int, _stat(int(pid))[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat behind the name; [1] is the parent, [11:13] CPU ticks."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_of(pid: int) -> float:
    return sum(map(int, _stat(pid)[11:13])) / os.sysconf("SC_CLK_TCK")


async def compare_store(port: int, pid: int, url: str, made: dict, rounds: int) -> None:
    """Rates, and the CPU of the product with its database beside the bare one with its own."""
    print("| store and acknowledge | ratio | ratio of CPU | messages a second |\n|---|---|---|---|")
    database = DatabaseCpu(url)
    for conversations, own in ((1, 0), (GROUPS, GROUPS // CONNECTIONS)):
        talking = await chatters(port, made, own)
        rates, limits, costs, bare_costs = [], [], [], []
        for _round in range(rounds):
            before = database() + time.process_time()
            limits.append(await asyncio.to_thread(bare_rate, url, conversations))
            bare_costs.append((database() + time.process_time() - before) / limits[-1])
            before = database() + cpu_of(pid)
            rates.append(await product_rate(talking))
            costs.append((database() + cpu_of(pid) - before) / rates[-1])
        for chatter, _mine in talking:
            chatter.transport.abort()
        rate, limit = statistics.median(rates), statistics.median(limits)
        cpu = statistics.median(bare_costs) / statistics.median(costs)
        what = f"{conversations} conversation{'s' * (conversations > 1)}, {CONNECTIONS} senders"
        print(f"| {what} | {rate / limit:.2f} | {cpu:.2f} | {rate:.0f} |", flush=True)
