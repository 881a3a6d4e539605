"""the most helpful first

A comment repeats its number of votes, so that one index holds a thread in that order. The version
before goes on running: its new comments begin with none. What it counts meanwhile is missing here
until the next vote for that comment or until `civic comments recount`; only the order knows it.

Revision ID: 9e5a4b6c1f75
Revises: 8d4f3a5b0e64
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "9e5a4b6c1f75"
down_revision = "8d4f3a5b0e64"
branch_labels = None
depends_on = None

INDEX = "ix_comment_most_helpful"
TOP = sa.text("parent_id IS NULL")
#: So many ids at a time: whoever wants one of these rows waits no longer than for these.
PORTION = 10_000
#: Seconds between two steps on SQLite, in which others have their turn.
PAUSE = 0.25
FILL = sa.text(
    "UPDATE comment SET vote_count = trunk.vote_count FROM contribution AS trunk "
    "WHERE trunk.id = comment.id AND comment.vote_count <> trunk.vote_count "
    "AND comment.id > :after AND comment.id <= :up_to"
)
INVALID = sa.text(
    "SELECT count(*) FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid "
    "WHERE NOT indisvalid AND relname = :name"
)


def upgrade() -> None:
    """Each step is kept, so what was broken off goes on where it stood when it is run again."""
    column = sa.Column("vote_count", sa.Integer(), server_default="0", nullable=False)
    columns = sa.inspect(op.get_bind()).get_columns("comment")
    if column.name not in {there["name"] for there in columns}:
        op.add_column("comment", column)
    if op.get_bind().dialect.name != "postgresql":
        _fill(give_way=_give_way)
        _build()
        return
    with op.get_context().autocommit_block():
        _fill()
        op.execute("SET statement_timeout = 0")  # a build takes long and holds no lock meanwhile
        # What a build that was broken off left behind stands in the way and serves nobody.
        if op.get_bind().execute(INVALID, {"name": INDEX}).scalar():
            _drop()
        _build()
        op.execute("SET statement_timeout = '5s'")


def _fill(give_way=lambda: None) -> None:
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT max(id) FROM comment")).scalar() or 0
    for after in range(0, last, PORTION):
        connection.execute(FILL, {"after": after, "up_to": after + PORTION})
        give_way()


def _give_way() -> None:
    op.execute("COMMIT")
    time.sleep(PAUSE)
    op.execute("BEGIN IMMEDIATE")


def _build() -> None:
    op.create_index(
        INDEX,
        "comment",
        ["about_id", "vote_count", "id"],
        postgresql_concurrently=True,
        postgresql_where=TOP,
        sqlite_where=TOP,
        if_not_exists=True,
    )


def _drop() -> None:
    op.drop_index(INDEX, "comment", postgresql_concurrently=True, if_exists=True)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        with op.get_context().autocommit_block():
            _drop()
    else:
        _drop()
    op.drop_column("comment", "vote_count")
