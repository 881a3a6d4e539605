"""How migrations run: bounded waits on PostgreSQL, kept rows on SQLite.

On SQLite a batch migration rebuilds the table; with foreign keys on, rebuilding a parent deletes
its children by cascade. So they are off while it runs and checked before they are on again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from civic.core.db import will_write

config = context.config
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "5s"


def include_object(thing: Any, name: str | None, kind: str, *_: Any) -> bool:
    """The search index is made by hand for each database and is no part of the metadata."""
    del thing
    by_hand = ("search_document", "ix_search_document")
    return not (kind in {"table", "index"} and (name or "").startswith(by_hand))


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
    )
    with context.begin_transaction():
        if not is_sqlite:
            # For the whole session: a migration that builds an index commits in between.
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        context.run_migrations()
        if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError("The migration would leave rows that point to nothing; rolled back.")
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
