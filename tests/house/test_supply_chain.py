"""What is installed: pinned, on known terms, and asked about."""

from email.message import Message
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from rtcserver.management.commands import audit, licences

ROOT = Path(settings.BASE_DIR)


def test_every_package_has_a_licence_that_is_allowed_and_the_page_says_it():
    rows = licences.licences(ROOT)
    assert len(rows) > 40
    assert [row for row in rows if licences.refused(row[0], row[2])] == []
    kept = (ROOT / "docs" / "licences.md").read_text()
    assert kept == licences.page(rows), "run `manage.py licences`"


@pytest.mark.parametrize(
    ("licence", "is_refused"),
    [
        ("MIT", False),
        ("Apache-2.0 OR GPL-3.0-only", False),
        ("Apache-2.0 AND GPL-3.0-only", True),
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("LGPL-3.0-or-later", True),
        ("unknown", True),
    ],
)
def test_what_binds_or_is_unknown_is_refused(licence, is_refused):
    facts = Message()
    facts["License-Expression"] = licence
    assert licences.refused("some-package", licences.licence_in(facts)) is is_refused


def test_a_package_that_says_nothing_is_unknown():
    assert licences.licence_in(Message()) == "unknown"


def package(name, *faults, **facts):
    return {"name": name, "version": "1", "vulns": [{"id": fault} for fault in faults]} | facts


class TestAudit:
    def test_a_known_weakness_fails(self):
        with pytest.raises(CommandError, match="b 1: PYSEC-1"):
            audit.outcome("r.txt", {"dependencies": [package("a"), package("b", "PYSEC-1")]})

    def test_who_could_not_be_asked_is_said_aloud(self):
        unknown = {"name": "a", "skip_reason": "not found"}
        for answer in (None, {"dependencies": []}, {"dependencies": [unknown]}):
            assert audit.outcome("r.txt", answer).startswith("NOT AUDITED")
        some = audit.outcome("r.txt", {"dependencies": [unknown, package("b")]})
        assert "1 packages without known weakness, NOT AUDITED: 1" in some

    def test_without_a_database_it_fails_only_where_that_is_asked_for(self):
        said = StringIO()
        call_command("audit", "no-such-file.txt", stdout=said)
        assert "NOT AUDITED no-such-file.txt" in said.getvalue()
        with pytest.raises(CommandError, match="NOT AUDITED"):
            call_command("audit", "no-such-file.txt", "--required")


def test_every_pin_has_a_hash():
    for name in (*audit.FILES, "requirements-dev.txt"):
        pins = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
        assert pins
        assert [pin for pin in pins if "==" in pin and "--hash=sha256:" not in pin] == [], name
