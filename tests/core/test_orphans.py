"""What a migration on SQLite broke is found in the tables it touched; others are not looked at."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from civic.core.orphans import Watch, orphans

TABLES = """
CREATE TABLE town (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT, town_id INTEGER REFERENCES town (id));
CREATE UNIQUE INDEX by_email ON person (email);
CREATE TABLE letter (
    id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES "Person" (id),
    answers INTEGER REFERENCES letter (id)
);
CREATE TABLE code (id INTEGER PRIMARY KEY, email TEXT REFERENCES person (email));
CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO town VALUES (1, 'A'), (2, 'B');
INSERT INTO person VALUES (1, 'a@example.org', 1), (2, 'b@example.org', 2), (3, NULL, NULL);
INSERT INTO letter VALUES (1, 1, NULL), (2, 2, 1);
INSERT INTO code VALUES (1, 'a@example.org');
INSERT INTO note VALUES (1, 'Hello');
"""
REBUILT = (
    "CREATE TABLE own (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "INSERT INTO own SELECT id, name FROM town{}; DROP TABLE town; ALTER TABLE own RENAME TO town"
)
SWAPPED = (
    "PRAGMA legacy_alter_table=ON; ALTER TABLE note RENAME TO own; "
    "ALTER TABLE town RENAME TO note; ALTER TABLE own RENAME TO town; "
    "PRAGMA legacy_alter_table=OFF"
)
#: It lies on the page of the one before.
REPLACED = (
    "PRAGMA legacy_alter_table=ON; ALTER TABLE town RENAME TO own; DROP TABLE own; "
    "CREATE TABLE town (id INTEGER PRIMARY KEY, name TEXT); PRAGMA legacy_alter_table=OFF"
)
#: What is done, which tables are looked at, in which of them rows then point to nothing.
CASES = (
    ("SELECT * FROM person", "", ""),
    ("INSERT INTO note VALUES (2, 'x'); DELETE FROM note", "", ""),
    # Columns and indexes come and go without a look at what points at the table.
    ("ALTER TABLE person ADD COLUMN seen TEXT", "", ""),
    ("ALTER TABLE town DROP COLUMN name", "", ""),
    ("CREATE INDEX by_town ON person (town_id); DROP INDEX by_town", "", ""),
    ("CREATE TABLE street (id INTEGER PRIMARY KEY, town_id REFERENCES town)", "street", ""),
    # Rows of its own.
    ("UPDATE letter SET person_id = 9", "letter", "letter"),
    ("INSERT INTO letter VALUES (3, 9, NULL)", "letter", "letter"),
    ("DELETE FROM letter WHERE id = 1", "letter", "letter"),
    ("DELETE FROM letter", "letter", ""),
    # Rows that others point at.
    ("DELETE FROM town", "person", "person"),
    ("DELETE FROM person WHERE id = 3", "code letter person", ""),
    ("DELETE FROM person WHERE id = 2", "code letter person", "letter"),
    ("UPDATE person SET email = 'c@example.org' WHERE id = 1", "code letter person", "code"),
    ("REPLACE INTO person VALUES (9, 'a@example.org', 1)", "code letter person", "letter"),
    ("UPDATE OR REPLACE person SET email = 'a@example.org' WHERE id = 3", "code letter person",
     "letter"),
    # By way of a trigger.
    ("CREATE TRIGGER t AFTER DELETE ON note BEGIN DELETE FROM town; END; DELETE FROM note",
     "person", "person"),
    # Rebuilt, with all rows or not; dropped; renamed.
    (REBUILT.format(""), "person", ""),
    (REBUILT.format(" WHERE id = 1"), "person", "person"),
    ("DROP TABLE town", "person", "person"),
    ("DROP TABLE town; CREATE TABLE town (id INTEGER PRIMARY KEY, name TEXT)", "person", "person"),
    ("DROP TABLE letter", "", ""),
    ("ALTER TABLE letter RENAME TO mail", "mail", ""),
    (SWAPPED, "person", "person"),
    (REPLACED, "person", "person"),
    # A pointer of its own that is new.
    ("ALTER TABLE note ADD COLUMN town_id INTEGER REFERENCES town (id)", "note", ""),
    ("ALTER TABLE note ADD COLUMN town_id INTEGER DEFAULT 9 REFERENCES town (id)", "note", "note"),
)  # fmt: skip


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as found:
        found.executescript(TABLES)
        yield found


def act(connection: sqlite3.Connection, statements: str) -> None:
    """One by one, as a migration does: `executescript` would commit before."""
    part = ""
    for piece in statements.split(";"):
        part = f"{part};{piece}" if part else piece
        if sqlite3.complete_statement(f"{part};"):
            connection.execute(part)
            part = ""


@pytest.mark.parametrize(("statements", "looked_at", "broken"), CASES)
def test_what_was_touched_is_looked_at(connection, statements, looked_at, broken):
    watch = Watch(connection)
    connection.execute("BEGIN IMMEDIATE")

    act(connection, statements)

    assert watch.suspects() == looked_at.split()
    assert watch.orphans() == broken.split() == orphans(connection)


def test_any_mixture_breaks_only_what_is_looked_at(connection):
    """Held against a look at the whole database."""
    chance, broken = random.Random(18), 0
    connection.execute("BEGIN")
    for _ in range(300):
        connection.execute("SAVEPOINT own")
        watch = Watch(connection)
        for statements, *_ in chance.sample(CASES, 3):
            with suppress(sqlite3.Error):  # the table may be gone, the row may be there
                act(connection, statements)
        found = orphans(connection)
        assert watch.orphans() == found
        broken += bool(found)
        watch.stop()
        connection.execute("ROLLBACK TO own")
    assert broken > 50


def test_each_start_notes_again_what_sqlite_has_prepared_before(connection):
    watch = Watch(connection)
    again = "DELETE FROM town WHERE id = 2"
    connection.execute(again)
    assert watch.orphans() == ["person"]
    connection.execute("UPDATE person SET town_id = 1")
    connection.execute("INSERT INTO town VALUES (2, 'B')")
    connection.execute("UPDATE person SET town_id = 2 WHERE id = 2")

    watch.start()
    assert watch.suspects() == []
    connection.execute(again)
    assert watch.orphans() == ["person"]


def test_without_a_new_start_it_would_not_be_noted(connection):
    """Control: otherwise the test above says nothing."""
    watch = Watch(connection)
    connection.execute("DELETE FROM town WHERE id = 2")
    watch.written.clear()
    connection.execute("DELETE FROM town WHERE id = 2")
    assert watch.suspects() == []


def test_what_was_broken_before_is_found_by_the_look_at_everything(connection):
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("DELETE FROM town")
    watch = Watch(connection)

    connection.execute("DELETE FROM note")

    assert watch.orphans() == []
    assert orphans(connection) == ["person"]


def test_a_pointer_at_what_is_no_longer_unique_is_refused(connection):
    watch = Watch(connection)
    connection.execute("DROP INDEX by_email")
    assert watch.suspects() == ["code", "letter"]
    with pytest.raises(sqlite3.OperationalError, match="mismatch"):
        watch.orphans()


def test_after_the_stop_nothing_is_noted(connection):
    watch = Watch(connection)
    watch.stop()
    connection.execute("DELETE FROM town")
    assert watch.written == set()
