"""How migrations run: bounded waits on PostgreSQL, kept rows on SQLite.

On SQLite a batch migration rebuilds the table; with foreign keys on, rebuilding a parent deletes
its children by cascade. So they are off while it runs and checked before they are on again.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from civic.core.database import will_write

config = context.config
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "5s"
#: Seconds between two migrations on SQLite.
PAUSE = 0.25


def include_object(thing: Any, name: str | None, kind: str, *_: Any) -> bool:
    """The search index is made by hand for each database and is no part of the metadata."""
    del thing
    by_hand = ("search_document", "ix_search_document")
    return not (kind in {"table", "index"} and (name or "").startswith(by_hand))


class Guard:
    """On SQLite: after each migration, within its transaction, look that no row points to nothing.

    Looking takes a while; where no row was written and no table changed, nothing can. Then others
    have their turn to write.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.before = self.state()

    def state(self) -> tuple[int, list[Any]]:
        """Rows written on this connection so far; tables."""
        raw: Any = self.connection.connection.dbapi_connection
        tables = "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
        return raw.total_changes, raw.execute(tables).fetchall()

    def __call__(self, **_: Any) -> None:
        """`RuntimeError` rolls the migration back."""
        rows, tables = self.state()
        is_plain = rows - self.before[0] <= 1 and tables == self.before[1]  # one: its number
        asked = "PRAGMA foreign_key_check"
        if not is_plain and self.connection.exec_driver_sql(asked).fetchall():
            raise RuntimeError("The migration would leave rows that point to nothing; rolled back.")
        self.before = rows, tables
        # Who waits for the file looks again every tenth of a second, and needs a moment in which
        # nobody holds it.
        self.connection.exec_driver_sql("COMMIT")
        time.sleep(PAUSE)
        self.connection.exec_driver_sql("BEGIN IMMEDIATE")


def run(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        raw = connection.connection.dbapi_connection
        assert raw is not None  # noqa: S101 - an open connection has one
        raw.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=current_app.extensions["migrate"].db.metadata,
        include_object=include_object,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        transaction_per_migration=True,
        on_version_apply=Guard(connection) if is_sqlite else None,
    )
    with context.begin_transaction():
        if not is_sqlite:
            # For the whole session: a migration that builds an index commits in between.
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        context.run_migrations()
    if is_sqlite:
        raw.execute("PRAGMA foreign_keys=ON")
    else:
        connection.detach()  # nobody else gets a connection with these time-outs


Path(current_app.instance_path).mkdir(parents=True, exist_ok=True)  # SQLite's file lies there
token = will_write.set(True)
try:
    with current_app.extensions["migrate"].db.engine.connect() as open_connection:
        run(open_connection)
finally:
    will_write.reset(token)
