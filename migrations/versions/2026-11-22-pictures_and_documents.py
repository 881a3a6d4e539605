"""pictures and documents

Files on things, and what a municipality allows of them. Only additions.

Revision ID: 9e5a6b7c2f75
Revises: 8d4f5a6b1e64
"""

import sqlalchemy as sa
from alembic import op

revision = "9e5a6b7c2f75"
down_revision = "8d4f5a6b1e64"
branch_labels = None
depends_on = None

def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("is_inner", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_attachment_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_attachment_contribution_id_contribution"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint(
            "contribution_id", "sha256", name=op.f("uq_attachment_contribution_id_sha256")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_attachment_key")),
    )
    op.create_index(op.f("ix_attachment_author_id"), "attachment", ["author_id"], unique=False)
    op.add_column(
        "municipality",
        sa.Column("attachment_most", sa.Integer(), server_default="10", nullable=False),
    )
    op.add_column(
        "municipality",
        sa.Column("attachment_megabytes", sa.Integer(), server_default="10", nullable=False),
    )
    op.add_column(
        "municipality",
        sa.Column("takes_documents", sa.Boolean(), server_default=sa.true(), nullable=False),
    )


def downgrade() -> None:
    with op.batch_alter_table("municipality") as municipality:
        municipality.drop_column("takes_documents")
        municipality.drop_column("attachment_megabytes")
        municipality.drop_column("attachment_most")
    op.drop_table("attachment")
