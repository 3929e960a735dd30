"""A journal in a file of its own."""

from __future__ import annotations

import pytest

from terminal.journal.database import open_database, transaction
from terminal.journal.journal import Journal, create_journal


@pytest.fixture
def database(tmp_path):
    database = open_database(tmp_path / "journal.db", create=True)
    with transaction(database):
        create_journal(database)
    yield database
    database.close()


@pytest.fixture
def journal(database, tmp_path):
    return Journal(database, tmp_path / "journal.db")
