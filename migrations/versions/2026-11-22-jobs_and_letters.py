"""jobs and letters

Only additions: the version before goes on running on this schema. What it left in the outbox is
carried over by the job `mails.adopt` (civic/core/outbox.py), not here.

Revision ID: 5a1c0f2d7b31
Revises: 38e5e3be9ca0
"""

from alembic import op
import sqlalchemy as sa


revision = "5a1c0f2d7b31"
down_revision = "38e5e3be9ca0"
branch_labels = None
depends_on = None

QUEUED = sa.text("state = 'queued'")
ENDED = sa.text("done_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    op.create_index(
        "ix_job_due", "job", ["rank", "due_at"], postgresql_where=QUEUED, sqlite_where=QUEUED
    )
    op.create_index(
        "ix_job_ended", "job", ["state", "done_at"], postgresql_where=ENDED, sqlite_where=ENDED
    )

    op.add_column("outbox_mail", sa.Column("html", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "outbox_mail",
        sa.Column("unsubscribe", sa.String(length=500), server_default="", nullable=False),
    )
    op.add_column("outbox_mail", sa.Column("key", sa.String(length=200), nullable=True))
    op.add_column(
        "outbox_mail", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index("ix_outbox_mail_key", "outbox_mail", ["key"], unique=True)
    op.add_column(
        "user", sa.Column("email_refused_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("user", "email_refused_at")
    op.drop_index("ix_outbox_mail_key", table_name="outbox_mail")
    op.drop_column("outbox_mail", "ended_at")
    op.drop_column("outbox_mail", "key")
    op.drop_column("outbox_mail", "unsubscribe")
    op.drop_column("outbox_mail", "html")
    op.drop_index("ix_job_ended", table_name="job")
    op.drop_index("ix_job_due", table_name="job")
    op.drop_table("job")
