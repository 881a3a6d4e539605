"""a million ideas

The orders of the lists hold only what is shown. Indexes are built beside the running version,
which goes on with the old ones until the new stand.

Revision ID: 7c3e2f4a9d53
Revises: 6b2d1e3f8c42
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "7c3e2f4a9d53"
down_revision = "6b2d1e3f8c42"
branch_labels = None
depends_on = None

SHOWN = "published_at IS NOT NULL AND hidden_at IS NULL"
UNANSWERED = "answered_at IS NULL"
#: Seconds between two indexes in which others have their turn.
PAUSE = 0.25
#: table, name, columns, condition
NEW = (
    ("contribution", "ix_contribution_shown_newest", ["kind", "published_at", "id"], SHOWN),
    ("contribution", "ix_contribution_shown_state", ["kind", "state", "published_at", "id"], SHOWN),
    (
        "contribution",
        "ix_contribution_shown_place",
        ["municipality_id", "kind", "published_at", "id"],
        SHOWN,
    ),
    ("contribution", "ix_contribution_shown_supported", ["kind", "vote_count", "id"], SHOWN),
    ("contribution", "ix_contribution_shown_discussed", ["kind", "comment_count", "id"], SHOWN),
    ("contribution", "ix_contribution_shown_trending", ["kind", "trend", "id"], SHOWN),
    ("contribution", "ix_contribution_shown_shuffled", ["kind", "shuffle", "id"], SHOWN),
    ("idea", "ix_idea_unanswered", ["answer_due_on", "id"], UNANSWERED),
    ("idea", "ix_idea_answered_at", ["answered_at"], None),
)
OLD = (
    ("contribution", "ix_contribution_newest", ["kind", "published_at", "id"], None),
    ("contribution", "ix_contribution_place", ["municipality_id", "kind", "published_at"], None),
    ("contribution", "ix_contribution_supported", ["kind", "vote_count", "id"], None),
    ("contribution", "ix_contribution_discussed", ["kind", "comment_count", "id"], None),
    ("contribution", "ix_contribution_trending", ["kind", "trend", "id"], None),
    ("contribution", "ix_contribution_shuffled", ["kind", "shuffle", "id"], None),
    ("idea", "ix_idea_answer_due_on", ["answered_at", "answer_due_on"], None),
)


INVALID = sa.text(
    "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid "
    "WHERE NOT indisvalid AND relname = ANY(:names)"
)


def _exchange(old, new) -> None:
    """Build the new ones, then drop the old. On PostgreSQL no reader and no writer waits."""
    if op.get_bind().dialect.name != "postgresql":
        _build(new)
        _drop([name for _, name, _, _ in old])
        return
    with op.get_context().autocommit_block():
        op.execute("SET statement_timeout = 0")  # a build takes long and holds no lock meanwhile
        # What a build that was broken off left behind stands in the way and serves nobody.
        names = {"names": [name for _, name, _, _ in new]}
        _drop(op.get_bind().execute(INVALID, names).scalars().all())
        _build(new)
        _drop([name for _, name, _, _ in old])
        op.execute("SET statement_timeout = '5s'")


def _build(indexes) -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name, columns, condition in indexes:
        where = sa.text(condition) if condition else None
        op.create_index(
            name,
            table,
            columns,
            postgresql_concurrently=True,
            postgresql_where=where,
            sqlite_where=where,
            if_not_exists=True,
        )
        if is_sqlite:  # others wait for the file as long as the transaction lasts
            op.execute("COMMIT")
            time.sleep(PAUSE)
            op.execute("BEGIN IMMEDIATE")


def _drop(names) -> None:
    for name in names:
        op.drop_index(name, postgresql_concurrently=True, if_exists=True)


def upgrade() -> None:
    _exchange(OLD, NEW)


def downgrade() -> None:
    _exchange(NEW, OLD)
