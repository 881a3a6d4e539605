"""PostgreSQL: dump by the programs of its distribution, restore in one transaction.

`pg_restore` itself could load in one transaction too, but not compare what it loaded before it
commits. So it only writes the script, and the script runs on a connection of ours.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, inspect, text

from civic.core.database import is_pooled

NAME = "database.dump"
CHUNK = 2**16
#: Waits of a server that a dump or a restore may exceed.
LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
#: Owners and rights are those of the place that is restored into.
PLAIN = ("--no-owner", "--no-privileges", "--no-comments")


class ProgramError(Exception):
    """A program of PostgreSQL is missing or failed; the message is a sentence for the console."""


def program(name: str) -> str:
    """The path of pg_dump or pg_restore. Raises `ProgramError`."""
    found = shutil.which(name)
    if found is None:
        raise ProgramError(
            f"The program {name} is missing. It comes with the PostgreSQL client "
            "(on Debian: the package postgresql-client), in the version of the server or a newer."
        )
    return found


def demand_direct(url: str) -> None:
    """Raises `ProgramError` if the address leads through a pooler, which hands out connections by
    the transaction: neither a snapshot nor a restore survives that.
    """
    if url.startswith("postgresql") and is_pooled(url):
        raise ProgramError(
            "CIVIC_DATABASE_URL leads through a pooler (prepare_threshold=0). "
            "For this command set it to the address of the server itself."
        )


@contextmanager
def snapshot(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """A connection that sees one state as long as it is open, and the name of that state."""
    with engine.connect() as plain:
        connection = plain.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        with connection.begin():
            lift_limits(connection)
            name = connection.scalar(text("SELECT pg_export_snapshot()"))
            yield connection, str(name)


def lift_limits(connection: Connection) -> None:
    for name in LIMITS:
        connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def dump(url: URL, snapshot_name: str, target: Path) -> None:
    """Write the state of a snapshot. Raises `ProgramError`."""
    order = [program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    order += [f"--snapshot={snapshot_name}", "--lock-wait-timeout=10s", f"--file={target}"]
    address, environment = _address(url)
    _run([*order, f"--dbname={address}"], environment)


def _address(url: URL) -> tuple[str, dict[str, str]]:
    """For libpq. The password goes through the environment: everybody may read a command line."""
    query = {
        key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()
    }
    parts: dict[str, Any] = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "dbname": url.database,
        **query,
    }
    environment = {"PGPASSWORD": str(url.password)} if url.password else {}
    return make_conninfo(**{k: v for k, v in parts.items() if v is not None}), environment


def _run(order: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - found by `which`, the arguments are ours
        order, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    _must_be_well(order, done.returncode, done.stderr)


def _must_be_well(order: Sequence[str], status: int, said: str) -> None:
    if status != 0:
        raise ProgramError(f"{Path(order[0]).name} failed: {' '.join(said.split())[:500]}")


def load(connection: Connection, source: Path) -> None:
    """Run the dump in the transaction of this connection. Raises `ProgramError`."""
    raw = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    for section in ("pre-data", "data", "post-data"):
        order = [program("pg_restore"), *PLAIN, f"--section={section}", "--file=-", str(source)]
        with tempfile.TemporaryFile() as said:
            with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=said) as writing:  # noqa: S603 - as in _run
                _play(raw, iter(cast("IO[bytes]", writing.stdout)))
            said.seek(0)
            _must_be_well(order, writing.returncode, said.read().decode(errors="replace"))
    # The script empties the search path and sets limits of its own.
    connection.exec_driver_sql("RESET ALL")
    lift_limits(connection)


def _play(raw: psycopg.Connection[Any], lines: Iterator[bytes]) -> None:
    r"""Run a script of pg_restore: orders, and between them the rows of tables.

    `\restrict` is meant for psql, which would obey other orders of that kind.
    """
    orders: list[bytes] = []
    for line in lines:
        if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            _execute(raw, orders)
            orders = []
            with raw.cursor().copy(line.rstrip().removesuffix(b";")) as copy:
                for chunk in _rows(lines):
                    copy.write(chunk)
        elif not line.startswith((b"\\restrict ", b"\\unrestrict ")):
            orders.append(line)
    _execute(raw, orders)


def _rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The rows of one table, up to the line that ends them."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if line == b"\\.\n":
            break
        batch.append(line)
        size += len(line)
        if size > CHUNK:
            yield b"".join(batch)
            batch, size = [], 0
    yield b"".join(batch)


def _execute(raw: psycopg.Connection[Any], orders: list[bytes]) -> None:
    script = b"".join(orders)
    if script.strip():
        raw.execute(script)


def clear(connection: Connection) -> None:
    """Drop all tables and functions of the schema; in a transaction, so it can be taken back."""
    quoted = connection.dialect.identifier_preparer.quote
    if names := inspect(connection).get_table_names():
        tables = ", ".join(quoted(name) for name in names)
        connection.exec_driver_sql(f"DROP TABLE {tables} CASCADE")
    own = text(
        "SELECT p.oid::regprocedure::text FROM pg_proc p "
        "WHERE p.pronamespace = current_schema()::regnamespace AND NOT EXISTS "
        "(SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    )
    for signature in connection.scalars(own).all():
        connection.exec_driver_sql(f"DROP ROUTINE {signature} CASCADE")
