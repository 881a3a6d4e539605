"""notices and saved searches

Only additions: the version before goes on running on this schema. It never writes an act without
an actor, and of the lists it shows none holds the new acts of the house itself.

Revision ID: 6b2d1e3f8c42
Revises: 5a1c0f2d7b31
"""

from alembic import op
import sqlalchemy as sa


revision = "6b2d1e3f8c42"
down_revision = "5a1c0f2d7b31"
branch_labels = None
depends_on = None

WAITING = sa.text("step = 'waiting'")
MAILED = sa.text("mail_id IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("activity") as activity:
        activity.alter_column("actor_id", existing_type=sa.Integer(), nullable=True)
    op.add_column("follow", sa.Column("quiet_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "user", sa.Column("unread_notices", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_notice_user_id_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_notice_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_notice_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["outbox_mail.id"],
            name=op.f("fk_notice_mail_id_outbox_mail"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "activity_id", name=op.f("uq_notice_user_id_activity_id")),
    )
    op.create_index(
        "ix_notice_user_id_contribution_id", "notice", ["user_id", "contribution_id", "id"]
    )
    op.create_index("ix_notice_contribution_id", "notice", ["contribution_id", "id"])
    op.create_index("ix_notice_activity_id", "notice", ["activity_id"])
    op.create_index("ix_notice_read_at", "notice", ["read_at"])
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["way", "user_id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_notice_mail_id", "notice", ["mail_id"], sqlite_where=MAILED, postgresql_where=MAILED
    )
    op.create_table(
        "notice_preference",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_notice_preference_user_id_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "category", name=op.f("pk_notice_preference")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=60), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_subscription_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("user_id", "endpoint", "key", name=op.f("uq_subscription_user_id_endpoint_key")),
    )
    op.create_index(
        "ix_subscription_endpoint_place", "subscription", ["endpoint", "place", "key", "user_id"]
    )
    op.create_table(
        "idea_reminder",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["idea.id"], name=op.f("fk_idea_reminder_idea_id_idea"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("idea_id", "verb", name=op.f("pk_idea_reminder")),
    )


def downgrade() -> None:
    op.drop_table("idea_reminder")
    op.drop_table("subscription")
    op.drop_table("notice_preference")
    op.drop_table("notice")
    op.drop_column("user", "unread_notices")
    op.drop_column("follow", "quiet_at")
    op.execute("DELETE FROM activity WHERE actor_id IS NULL")
    with op.batch_alter_table("activity") as activity:
        activity.alter_column("actor_id", existing_type=sa.Integer(), nullable=False)
