"""the register of innovations

The register: innovations, gates, indicators, offers and needs. Only additions.

Revision ID: c18d9e0f5ca8
Revises: b07c8d9e4b97
"""

import sqlalchemy as sa
from alembic import op

revision = "c18d9e0f5ca8"
down_revision = "b07c8d9e4b97"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "innovation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("root_id", sa.Integer(), nullable=True),
        sa.Column("degree", sa.String(length=20), nullable=True),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("use_count", sa.Integer(), nullable=False),
        sa.Column("cost_once", sa.Integer(), nullable=True),
        sa.Column("cost_yearly", sa.Integer(), nullable=True),
        sa.Column("cost_note", sa.Text(), nullable=False),
        sa.Column("cost_class", sa.String(length=20), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.Column("licence", sa.String(length=40), nullable=False),
        sa.Column("duration", sa.String(length=120), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("lessons_html", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("used_since", sa.Date(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("ended_from", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["contribution.id"],
            name=op.f("fk_innovation_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["innovation.id"],
            name=op.f("fk_innovation_parent_id_innovation"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name=op.f("fk_innovation_project_id_project"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["innovation.id"],
            name=op.f("fk_innovation_root_id_innovation"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_innovation")),
    )
    op.create_index(
        "ix_innovation_cost_class", "innovation", ["cost_class", "use_count", "id"], unique=False
    )
    op.create_index(
        "ix_innovation_licence", "innovation", ["licence", "use_count", "id"], unique=False
    )
    op.create_index(op.f("ix_innovation_parent_id"), "innovation", ["parent_id"], unique=False)
    op.create_index(op.f("ix_innovation_project_id"), "innovation", ["project_id"], unique=False)
    op.create_index("ix_innovation_root_id", "innovation", ["root_id", "id"], unique=False)
    op.create_index("ix_innovation_use_count", "innovation", ["use_count", "id"], unique=False)
    op.create_table(
        "gate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("innovation_id", sa.Integer(), nullable=False),
        sa.Column("from_stage", sa.String(length=20), nullable=False),
        sa.Column("to_stage", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("costs", sa.Text(), nullable=False),
        sa.Column("voices", sa.Text(), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.String(length=160), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user.id"],
            name=op.f("fk_gate_decided_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["innovation_id"],
            ["innovation.id"],
            name=op.f("fk_gate_innovation_id_innovation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"],
            ["user.id"],
            name=op.f("fk_gate_proposed_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate")),
    )
    op.create_index(op.f("ix_gate_decided_by_id"), "gate", ["decided_by_id"], unique=False)
    op.create_index(
        "ix_gate_innovation_id_proposed_at", "gate", ["innovation_id", "proposed_at"], unique=False
    )
    op.create_index(op.f("ix_gate_proposed_by_id"), "gate", ["proposed_by_id"], unique=False)
    op.create_index(
        "uq_gate_proposed",
        "gate",
        ["innovation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
        sqlite_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("innovation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("baseline", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("target", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["innovation_id"],
            ["innovation.id"],
            name=op.f("fk_indicator_innovation_id_innovation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("innovation_id", "name", name=op.f("uq_indicator_innovation_id_name")),
    )
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["indicator.id"],
            name=op.f("fk_measurement_indicator_id_indicator"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["user.id"],
            name=op.f("fk_measurement_recorded_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
        sa.UniqueConstraint(
            "indicator_id", "measured_on", name=op.f("uq_measurement_indicator_id_measured_on")
        ),
    )
    op.create_index(
        op.f("ix_measurement_recorded_by_id"), "measurement", ["recorded_by_id"], unique=False
    )
    op.create_table(
        "exchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("innovation_id", sa.Integer(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["contribution.id"],
            name=op.f("fk_exchange_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["innovation_id"],
            ["innovation.id"],
            name=op.f("fk_exchange_innovation_id_innovation"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange")),
    )
    op.create_index(op.f("ix_exchange_innovation_id"), "exchange", ["innovation_id"], unique=False)


def downgrade() -> None:
    op.drop_table("exchange")
    op.drop_table("measurement")
    op.drop_table("indicator")
    op.drop_table("gate")
    op.drop_table("innovation")
