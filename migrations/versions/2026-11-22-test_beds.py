"""test beds

Test beds and pilots in them. Only additions.

Revision ID: b07c8d9e4b97
Revises: af6b7c8d3a86
"""

import sqlalchemy as sa
from alembic import op

revision = "b07c8d9e4b97"
down_revision = "af6b7c8d3a86"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "testbed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("rules_html", sa.Text(), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["contribution.id"], name=op.f("fk_testbed_id_contribution"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testbed")),
    )
    op.create_table(
        "pilot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("testbed_id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("applied_by_id", sa.Integer(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["applied_by_id"],
            ["user.id"],
            name=op.f("fk_pilot_applied_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_pilot_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user.id"],
            name=op.f("fk_pilot_decided_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["testbed_id"],
            ["testbed.id"],
            name=op.f("fk_pilot_testbed_id_testbed"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilot")),
    )
    op.create_index(op.f("ix_pilot_applied_by_id"), "pilot", ["applied_by_id"], unique=False)
    op.create_index(op.f("ix_pilot_contribution_id"), "pilot", ["contribution_id"], unique=False)
    op.create_index(op.f("ix_pilot_decided_by_id"), "pilot", ["decided_by_id"], unique=False)
    op.create_index(
        "ix_pilot_testbed_id_state", "pilot", ["testbed_id", "state", "id"], unique=False
    )
    op.create_index(
        "uq_pilot_running",
        "pilot",
        ["testbed_id", "contribution_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('applied', 'admitted')"),
        sqlite_where=sa.text("state IN ('applied', 'admitted')"),
    )


def downgrade() -> None:
    op.drop_table("pilot")
    op.drop_table("testbed")
