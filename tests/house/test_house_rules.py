"""What the rest of the suite cannot see: rules of the code as a whole."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models

from rtcserver.errors import DomainError
from rtcserver.tenancy import TeamRows, UnscopedQueryError
from rtcserver.wire import coviu
from sessions_api.models import CallEntry, Participant, Session

OWN_APPS = ("rtcserver", "accounts", "rooms", "sessions_api", "social", "chat")
SOURCES = [
    path
    for app in OWN_APPS
    for path in (settings.BASE_DIR / app).rglob("*.py")
    if "migrations" not in path.parts
]


def own_models():
    return [model for model in apps.get_models() if model._meta.app_label in OWN_APPS]


class TestTenancy:
    @pytest.mark.parametrize("model", [Session, Participant, CallEntry])
    def test_a_query_that_names_no_team_is_refused(self, model):
        for act in ("filter", "get", "all", "first", "count"):
            with pytest.raises(UnscopedQueryError):
                getattr(model.objects, act)

    def test_rows_that_must_have_a_team_answer_only_to_it(self):
        for model in own_models():
            field = next((f for f in model._meta.fields if f.name == "team"), None)
            if field is None or field.null or model.__name__ == "TeamMembership":
                continue
            assert isinstance(model.__dict__["objects"], TeamRows), model

    def test_views_never_look_across_teams(self):
        edges = [
            path
            for path in SOURCES
            if path.name.endswith(("views.py", "_api.py")) or {"views", "rtcat_api"} & {*path.parts}
        ]
        assert edges
        for path in edges:
            if path.name == "sealtalk_api.py" or path.name == "liveroom_api.py":
                continue  # people are of no team there
            assert "Session.across_teams" not in path.read_text(), path
            assert "Participant.across_teams" not in path.read_text(), path


def test_no_file_is_too_long_and_none_has_leftovers():
    for path in SOURCES:
        text = path.read_text()
        assert text.count("\n") <= 500, path
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", text), path


def test_no_import_hides_in_a_function():
    for path in SOURCES:
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OWN_APPS):
                    pytest.fail(f"{path}: {function.name} imports {node.module}")


def test_every_choice_is_also_a_constraint():
    for model in own_models():
        constrained = " ".join(
            str(c.condition)
            for c in model._meta.constraints
            if isinstance(c, models.CheckConstraint)
        )
        for field in model._meta.local_fields:
            own = field.model is model and not any(
                field.name in {f.name for f in base._meta.get_fields()}
                for base in model.__mro__[1:]
                if hasattr(base, "_meta")
            )
            if own and field.choices:
                assert f"'{field.name}" in constrained, f"{model.__name__}.{field.name}"


def test_each_refusal_has_a_place_in_the_coviu_dialect():
    def refusals(base):
        for refusal in base.__subclasses__():
            yield refusal
            yield from refusals(refusal)

    found = [refusal for refusal in refusals(DomainError) if hasattr(refusal, "slug")]
    assert found
    for refusal in found:
        assert refusal.kind in coviu.STATUS, refusal


def test_every_setting_is_documented():
    parts = Path(settings.BASE_DIR, "rtcserver", "settings").glob("*.py")
    source = "".join(part.read_text() for part in parts)
    names = set(re.findall(r'env\.\w+\(\s*"(\w+)"', source))
    documented = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    assert {name for name in names if f"`{name}`" not in documented} == set()


def test_the_openapi_file_is_current(tmp_path):
    written = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(written))
    kept = Path(settings.BASE_DIR, "docs", "openapi.yaml").read_text()
    assert written.read_text() == kept, "run `make openapi`"


def test_the_suite_collects_every_test_it_has():
    for path in (settings.BASE_DIR / "tests").rglob("*.py"):
        if re.search(r"^(async )?def test_", path.read_text(), re.MULTILINE):
            assert path.name.startswith("test_"), path
