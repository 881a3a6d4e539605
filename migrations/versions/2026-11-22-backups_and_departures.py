"""backups and departures

Revision ID: 8d4f3a5b0e64
Revises: 7c3e2f4a9d53
"""

from alembic import op
import sqlalchemy as sa


revision = "8d4f3a5b0e64"
down_revision = "7c3e2f4a9d53"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backup_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file", sa.String(length=500), nullable=False),
        sa.Column("host", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
    )
    op.create_index(op.f("ix_backup_run_made_at"), "backup_run", ["made_at"])
    op.create_table(
        "departure",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "joined_at", name=op.f("pk_departure")),
    )


def downgrade() -> None:
    op.drop_table("departure")
    op.drop_table("backup_run")
