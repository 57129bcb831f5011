"""A database that only reads, as PostgreSQL's standby after a failover: 503 until one writes."""

import pytest

from rtcserver.asgi import HTTP_THREADS
from tests.databases import OwnPostgres, copy_tables, run
from tests.live.clients import Clients
from tests.servers import running

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.postgresql_server,
    pytest.mark.django_db(transaction=True),
]


def turn(postgres, mode):
    """Every session from now on is of that mode, and those that were are gone."""
    run(postgres.url, f"ALTER SYSTEM SET default_transaction_read_only = {mode}")
    run(postgres.url, "SELECT pg_reload_conf()")
    sessions = "FROM pg_stat_activity WHERE backend_type = 'client backend'"
    run(postgres.url, f"SELECT pg_terminate_backend(pid) {sessions} AND pid <> pg_backend_pid()")


def notice(clients):
    """Every thread of the server finds out that its connection is gone."""
    for _call in range(2 * HTTP_THREADS):
        clients.office.get("/v1/sessions")


def test_writes_are_refused_reads_go_on_and_all_is_well_on_a_server_that_writes(tmp_path):
    with OwnPostgres() as postgres:
        copy_tables(postgres.url)
        own = {"RTC_RATE_LIMITS": "off", "DATABASE_URL": postgres.url}
        with running(tmp_path, **own) as (facts, printed):
            clients = Clients(facts)
            turn(postgres, "on")
            notice(clients)
            clients.check_writes_are_refused()
            clients.check_reads()
            ready = clients.http.get("/readyz")
            assert (ready.status_code, ready.json()["database"]) == (503, "only reads")
            turn(postgres, "off")
            notice(clients)
            clients.check_writes()
            assert clients.http.get("/readyz").status_code == 200
            assert "Traceback" not in printed(), printed()
