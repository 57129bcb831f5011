from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLES = ("bad_input", "attacks", "wire")


def pytest_collection_modifyitems(items):
    """Mark the long tables of bad input: most rows are refused before any database is asked."""
    for item in items:
        if HERE in item.path.parents and item.path.stem.endswith(TABLES):
            item.add_marker(pytest.mark.table)
