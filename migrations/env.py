"""How migrations run: bounded waits on PostgreSQL, kept rows on SQLite.

On SQLite a batch migration rebuilds the table; with foreign keys on, rebuilding a parent deletes
its children by cascade. So they are off while it runs and checked before they are on again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from civic.core.database import will_write
from civic.core.orphans import Watch, orphans

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

    Looked at is what it can have broken, for all others wait meanwhile. Then they have their turn
    to write.
    """

    def __init__(self, connection: Connection, watch: Watch) -> None:
        self.connection = connection
        self.watch = watch
        self.has_run = False

    def __call__(self, **_: Any) -> None:
        """`RuntimeError` rolls the migration back."""
        if broken := self.watch.orphans():
            raise RuntimeError(
                f"The migration would leave rows that point to nothing in {', '.join(broken)}; "
                "rolled back."
            )
        self.has_run = True
        # Who waits for the file looks again every tenth of a second, and needs a moment in which
        # nobody holds it.
        self.connection.exec_driver_sql("COMMIT")
        time.sleep(PAUSE)
        self.connection.exec_driver_sql("BEGIN IMMEDIATE")
        self.watch.start()


@contextmanager
def guarded(connection: Connection) -> Iterator[Guard]:
    """Without foreign keys, watched. At the end every table is looked at once, which keeps nobody
    from writing: `RuntimeError` where rows point to nothing, no matter since when.
    """
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    guard = Guard(connection, Watch(raw))
    try:
        yield guard
    finally:
        guard.watch.stop()
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")
    if guard.has_run and (broken := orphans(raw)):
        raise RuntimeError(
            f"The migrations are through, but rows point to nothing in {', '.join(broken)}; "
            "see `civic doctor`."
        )


def run(connection: Connection, guard: Guard | None) -> None:
    context.configure(
        connection=connection,
        target_metadata=current_app.extensions["migrate"].db.metadata,
        include_object=include_object,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        transaction_per_migration=True,
        on_version_apply=guard,
    )
    with context.begin_transaction():
        if guard is None:
            # For the whole session: a migration that builds an index commits in between.
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        context.run_migrations()


Path(current_app.instance_path).mkdir(parents=True, exist_ok=True)  # SQLite's file lies there
token = will_write.set(True)
try:
    with current_app.extensions["migrate"].db.engine.connect() as open_connection:
        if open_connection.dialect.name == "sqlite":
            with guarded(open_connection) as own:
                run(open_connection, own)
        else:
            run(open_connection, None)
            open_connection.detach()  # nobody else gets a connection with these time-outs
finally:
    will_write.reset(token)
