"""organisations and descent

Organisations, in whose name things are published; things that stand on earlier things. Only
additions: the version before goes on running on this schema.

Revision ID: 8d4f5a6b1e64
Revises: 9e5a4b6c1f75
"""

import sqlalchemy as sa
from alembic import op

revision = "8d4f5a6b1e64"
down_revision = "9e5a4b6c1f75"
branch_labels = None
depends_on = None

IN_NAME = sa.text("organisation_id IS NOT NULL")


def _point_at_organisation(table) -> None:
    """The new column with its key. On PostgreSQL the rows are not read while others wait."""
    column = sa.Column("organisation_id", sa.Integer(), nullable=True)
    if op.get_bind().dialect.name == "sqlite":
        key = sa.ForeignKey("organisation.id", name=f"fk_{table}_organisation_id_organisation")
        column.append_foreign_key(key)
        op.add_column(table, column, inline_references=True)
        return
    op.add_column(table, column)
    name = f"fk_{table}_organisation_id_organisation"
    op.create_foreign_key(
        name, table, "organisation", ["organisation_id"], ["id"], postgresql_not_valid=True
    )
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def _build_indexes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _create_indexes()
        return
    with op.get_context().autocommit_block():
        op.execute("SET statement_timeout = 0")  # a build takes long and holds no lock meanwhile
        for name in ("ix_contribution_organisation", "ix_activity_organisation_id"):
            op.drop_index(name, postgresql_concurrently=True, if_exists=True)
        _create_indexes()
        op.execute("SET statement_timeout = '5s'")


def _create_indexes() -> None:
    op.create_index(
        "ix_contribution_organisation",
        "contribution",
        ["organisation_id", "published_at", "id"],
        postgresql_concurrently=True,
        postgresql_where=IN_NAME,
        sqlite_where=IN_NAME,
    )
    op.create_index(
        "ix_activity_organisation_id",
        "activity",
        ["organisation_id"],
        postgresql_concurrently=True,
    )


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_html", sa.Text(), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("website", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("joining", sa.String(length=20), nullable=False),
        sa.Column("logo_key", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_organisation_municipality_id_municipality"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name_key", name=op.f("uq_organisation_name_key")),
    )
    op.create_index(
        "ix_organisation_municipality_id_slug",
        "organisation",
        ["municipality_id", "slug"],
        unique=False,
    )
    op.create_index("ix_organisation_slug", "organisation", ["slug", "id"], unique=False)
    op.create_table(
        "organisation_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invited_by_id"],
            ["user.id"],
            name=op.f("fk_organisation_invitation_invited_by_id_user"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_invitation_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_invitation")),
        sa.UniqueConstraint(
            "organisation_id",
            "email_key",
            name=op.f("uq_organisation_invitation_organisation_id_email_key"),
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_organisation_invitation_token_hash")),
    )
    op.create_index(
        op.f("ix_organisation_invitation_invited_by_id"),
        "organisation_invitation",
        ["invited_by_id"],
        unique=False,
    )
    op.create_table(
        "organisation_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["user.id"],
            name=op.f("fk_organisation_log_actor_id_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_log_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["user.id"],
            name=op.f("fk_organisation_log_person_id_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_log")),
    )
    op.create_index(
        op.f("ix_organisation_log_actor_id"), "organisation_log", ["actor_id"], unique=False
    )
    op.create_index(
        "ix_organisation_log_organisation_id_at",
        "organisation_log",
        ["organisation_id", "at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organisation_log_person_id"), "organisation_log", ["person_id"], unique=False
    )
    op.create_table(
        "organisation_member",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_member_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_organisation_member_user_id_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", name=op.f("pk_organisation_member")),
    )
    op.create_index(
        op.f("ix_organisation_member_user_id"), "organisation_member", ["user_id"], unique=False
    )
    op.create_table(
        "organisation_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_request_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_organisation_request_user_id_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_request")),
    )
    op.create_index(
        op.f("ix_organisation_request_organisation_id"),
        "organisation_request",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organisation_request_user_id"), "organisation_request", ["user_id"], unique=False
    )
    op.create_index(
        "uq_organisation_request_open",
        "organisation_request",
        ["organisation_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "descent",
        sa.Column("later_id", sa.Integer(), nullable=False),
        sa.Column("earlier_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["earlier_id"],
            ["contribution.id"],
            name=op.f("fk_descent_earlier_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["later_id"],
            ["contribution.id"],
            name=op.f("fk_descent_later_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("later_id", "earlier_id", name=op.f("pk_descent")),
    )
    op.create_index(op.f("ix_descent_earlier_id"), "descent", ["earlier_id"], unique=False)
    op.add_column("activity", sa.Column("to_ids", sa.JSON(), nullable=True))
    for name in ("activity", "contribution", "idea_draft"):
        _point_at_organisation(name)
    _build_indexes()


def downgrade() -> None:
    for index, table in (
        ("ix_contribution_organisation", "contribution"),
        ("ix_activity_organisation_id", "activity"),
    ):
        op.drop_index(index, table)
        # Its key goes with it. Not in a batch, which would make the whole table anew on SQLite
        # while everybody waits for it.
        op.drop_column(table, "organisation_id")
    op.drop_column("idea_draft", "organisation_id")
    op.drop_column("activity", "to_ids")
    op.drop_table("descent")
    op.drop_table("organisation_request")
    op.drop_table("organisation_member")
    op.drop_table("organisation_log")
    op.drop_table("organisation_invitation")
    op.drop_table("organisation")
