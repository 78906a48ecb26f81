"""The first register."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkitems",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("checklist", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 100000", name=op.f("ck_checkitems_position_range")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_checkitems")),
        sa.UniqueConstraint("id", name=op.f("uq_checkitems_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_checkitems_ref")),
    )
    op.create_index(op.f("ix_checkitems_removed_at"), "checkitems", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_checkitems_removed_at_checklist_position"),
        "checkitems",
        ["removed_at", "checklist", "position"],
        unique=False,
    )
    op.create_table(
        "counters",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_counters")),
    )
    op.create_table(
        "history",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("review", sa.String(length=32), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("change_count", sa.Integer(), nullable=False),
        sa.Column("changes_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("merges", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_history")),
    )
    op.create_table(
        "people",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("access", sa.String(length=40), nullable=True),
        sa.Column("signing_keys", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_people")),
        sa.UniqueConstraint("id", name=op.f("uq_people_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_people_ref")),
    )
    op.create_index(op.f("ix_people_removed_at"), "people", ["removed_at"], unique=False)
    op.create_index(op.f("ix_people_removed_at_name"), "people", ["removed_at", "name"], unique=False)
    op.create_table(
        "personal",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", "topic", "name", name=op.f("pk_personal")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scales",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("likelihood_steps", sa.Text(), nullable=False),
        sa.Column("impact_steps", sa.Text(), nullable=False),
        sa.Column("level_names", sa.Text(), nullable=False),
        sa.Column("matrix", sa.Text(), nullable=False),
        sa.Column("upright", sa.String(length=40), nullable=False),
        sa.Column("high_from", sa.Integer(), nullable=False),
        sa.Column("officer_from", sa.Integer(), nullable=False),
        sa.Column("board_from", sa.Integer(), nullable=False),
        sa.Column("watch_from", sa.BigInteger(), nullable=False),
        sa.Column("danger_from", sa.BigInteger(), nullable=False),
        sa.Column("review_days", sa.Text(), nullable=False),
        sa.Column("urgency_days", sa.Text(), nullable=False),
        sa.Column("carry_likelihood", sa.Text(), nullable=False),
        sa.Column("carry_impact", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("board_from BETWEEN 2 AND 5", name=op.f("ck_scales_board_from_range")),
        sa.CheckConstraint("high_from BETWEEN 2 AND 5", name=op.f("ck_scales_high_from_range")),
        sa.CheckConstraint("officer_from BETWEEN 2 AND 5", name=op.f("ck_scales_officer_from_range")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_scales")),
        sa.UniqueConstraint("id", name=op.f("uq_scales_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_scales_ref")),
    )
    op.create_index(op.f("ix_scales_removed_at"), "scales", ["removed_at"], unique=False)
    op.create_table(
        "tallies",
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "cell", name=op.f("pk_tallies")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "changes",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("op", sa.String(length=10), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["history.seq"], name=op.f("fk_changes_seq")),
        sa.PrimaryKeyConstraint("seq", "position", name=op.f("pk_changes")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_changes_item"), "changes", ["item"], unique=False)
    op.create_table(
        "merged_history",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("review", sa.String(length=32), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("change_count", sa.Integer(), nullable=False),
        sa.Column("changes_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("merges", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_merged_history")),
        sa.UniqueConstraint("digest", name=op.f("uq_merged_history_digest")),
    )
    op.create_table(
        "merged_changes",
        sa.Column("act", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("op", sa.String(length=10), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["merged_history.n"], name=op.f("fk_merged_changes_act")),
        sa.PrimaryKeyConstraint("act", "position", name=op.f("pk_merged_changes")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_merged_changes_item"), "merged_changes", ["item"], unique=False)
    op.create_table(
        "consultations",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("antitrust_review", sa.String(length=40), nullable=False),
        sa.Column("antitrust_reviewer", sa.String(length=32), nullable=True),
        sa.Column("antitrust_on", sa.Date(), nullable=True),
        sa.Column("antitrust_materials", sa.Text(), nullable=False),
        sa.Column("follow_up", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("follow_up_due", sa.Date(), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["antitrust_reviewer"], ["people.id"], name=op.f("fk_consultations_antitrust_reviewer")
        ),
        sa.ForeignKeyConstraint(["owner"], ["people.id"], name=op.f("fk_consultations_owner")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_consultations")),
        sa.UniqueConstraint("id", name=op.f("uq_consultations_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_consultations_ref")),
    )
    op.create_index(
        op.f("ix_consultations_antitrust_reviewer"), "consultations", ["antitrust_reviewer"], unique=False
    )
    op.create_index(op.f("ix_consultations_owner"), "consultations", ["owner"], unique=False)
    op.create_index(op.f("ix_consultations_removed_at"), "consultations", ["removed_at"], unique=False)
    op.create_table(
        "countermeasures",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("catalog_id", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=True),
        sa.Column("addressee", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("department", sa.String(length=40), nullable=True),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("cost_initial", sa.BigInteger(), nullable=True),
        sa.Column("cost_year", sa.BigInteger(), nullable=True),
        sa.Column("burden", sa.Integer(), nullable=True),
        sa.Column("design_effect", sa.Integer(), nullable=True),
        sa.Column("operating_effect", sa.Integer(), nullable=True),
        sa.Column("events_left", sa.Text(), nullable=False),
        sa.Column("loss_left", sa.Text(), nullable=False),
        sa.Column("tested_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("control_refs", sa.Text(), nullable=False),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("burden BETWEEN 1 AND 5", name=op.f("ck_countermeasures_burden_range")),
        sa.CheckConstraint(
            "cost_initial BETWEEN 0 AND 1000000000000000", name=op.f("ck_countermeasures_cost_initial_range")
        ),
        sa.CheckConstraint(
            "cost_year BETWEEN 0 AND 1000000000000000", name=op.f("ck_countermeasures_cost_year_range")
        ),
        sa.CheckConstraint(
            "design_effect BETWEEN 0 AND 4", name=op.f("ck_countermeasures_design_effect_range")
        ),
        sa.CheckConstraint(
            "operating_effect BETWEEN 0 AND 4", name=op.f("ck_countermeasures_operating_effect_range")
        ),
        sa.ForeignKeyConstraint(["owner"], ["people.id"], name=op.f("fk_countermeasures_owner")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_countermeasures")),
        sa.UniqueConstraint("id", name=op.f("uq_countermeasures_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_countermeasures_ref")),
    )
    op.create_index(op.f("ix_countermeasures_owner"), "countermeasures", ["owner"], unique=False)
    op.create_index(op.f("ix_countermeasures_removed_at"), "countermeasures", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_countermeasures_removed_at_title"), "countermeasures", ["removed_at", "title"], unique=False
    )
    op.create_index(op.f("ix_countermeasures_source_ref"), "countermeasures", ["source_ref"], unique=False)
    op.create_index(
        op.f("ix_countermeasures_removed_at_status_due_tested_on_id_done_on_created_at"),
        "countermeasures",
        ["removed_at", "status", "due", "tested_on", "id", "done_on", "created_at"],
        unique=False,
    )
    op.create_table(
        "counterparties",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("ultimate_owner_known", sa.String(length=40), nullable=True),
        sa.Column("government_influence", sa.String(length=40), nullable=False),
        sa.Column("listed_on", sa.Text(), nullable=False),
        sa.Column("screened_on", sa.Date(), nullable=True),
        sa.Column("certifications", sa.Text(), nullable=False),
        sa.Column("dependency", sa.Integer(), nullable=True),
        sa.Column("penetration", sa.Integer(), nullable=True),
        sa.Column("maturity", sa.Integer(), nullable=True),
        sa.Column("trust", sa.Integer(), nullable=True),
        sa.Column("target_dependency", sa.Integer(), nullable=True),
        sa.Column("target_penetration", sa.Integer(), nullable=True),
        sa.Column("target_maturity", sa.Integer(), nullable=True),
        sa.Column("target_trust", sa.Integer(), nullable=True),
        sa.Column("threat", sa.BigInteger(), nullable=True),
        sa.Column("zone", sa.String(length=40), nullable=True),
        sa.Column("target_zone", sa.String(length=40), nullable=True),
        sa.Column("due_diligence", sa.String(length=40), nullable=True),
        sa.Column("due_diligence_on", sa.Date(), nullable=True),
        sa.Column("due_diligence_until", sa.Date(), nullable=True),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("dependency BETWEEN 1 AND 4", name=op.f("ck_counterparties_dependency_range")),
        sa.CheckConstraint("maturity BETWEEN 1 AND 4", name=op.f("ck_counterparties_maturity_range")),
        sa.CheckConstraint("penetration BETWEEN 1 AND 4", name=op.f("ck_counterparties_penetration_range")),
        sa.CheckConstraint(
            "target_dependency BETWEEN 1 AND 4", name=op.f("ck_counterparties_target_dependency_range")
        ),
        sa.CheckConstraint(
            "target_maturity BETWEEN 1 AND 4", name=op.f("ck_counterparties_target_maturity_range")
        ),
        sa.CheckConstraint(
            "target_penetration BETWEEN 1 AND 4", name=op.f("ck_counterparties_target_penetration_range")
        ),
        sa.CheckConstraint("target_trust BETWEEN 1 AND 4", name=op.f("ck_counterparties_target_trust_range")),
        sa.CheckConstraint("trust BETWEEN 1 AND 4", name=op.f("ck_counterparties_trust_range")),
        sa.ForeignKeyConstraint(["owner"], ["people.id"], name=op.f("fk_counterparties_owner")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_counterparties")),
        sa.UniqueConstraint("id", name=op.f("uq_counterparties_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_counterparties_ref")),
    )
    op.create_index(op.f("ix_counterparties_owner"), "counterparties", ["owner"], unique=False)
    op.create_index(op.f("ix_counterparties_removed_at"), "counterparties", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_counterparties_removed_at_name"), "counterparties", ["removed_at", "name"], unique=False
    )
    op.create_index(op.f("ix_counterparties_source_ref"), "counterparties", ["source_ref"], unique=False)
    op.create_index(
        op.f("ix_counterparties_removed_at_due_diligence_until_threat_id"),
        "counterparties",
        ["removed_at", "due_diligence_until", "threat", "id"],
        unique=False,
    )
    op.create_table(
        "engagements",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("code_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("disclosure_scope", sa.String(length=40), nullable=True),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["people.id"], name=op.f("fk_engagements_approved_by")),
        sa.ForeignKeyConstraint(["owner"], ["people.id"], name=op.f("fk_engagements_owner")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_engagements")),
        sa.UniqueConstraint("id", name=op.f("uq_engagements_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_engagements_ref")),
    )
    op.create_index(op.f("ix_engagements_approved_by"), "engagements", ["approved_by"], unique=False)
    op.create_index(op.f("ix_engagements_owner"), "engagements", ["owner"], unique=False)
    op.create_index(op.f("ix_engagements_removed_at"), "engagements", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_engagements_removed_at_title"), "engagements", ["removed_at", "title"], unique=False
    )
    op.create_index(op.f("ix_engagements_source_ref"), "engagements", ["source_ref"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("chair", sa.String(length=32), nullable=True),
        sa.Column("planned_minutes", sa.Integer(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("snapshot_seq", sa.Integer(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("indicators", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.String(length=32), nullable=True),
        sa.Column("signed_by", sa.String(length=32), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "planned_minutes BETWEEN 5 AND 1440", name=op.f("ck_reviews_planned_minutes_range")
        ),
        sa.ForeignKeyConstraint(["chair"], ["people.id"], name=op.f("fk_reviews_chair")),
        sa.ForeignKeyConstraint(["signed_by"], ["people.id"], name=op.f("fk_reviews_signed_by")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_reviews")),
        sa.UniqueConstraint("id", name=op.f("uq_reviews_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_reviews_ref")),
    )
    op.create_index(op.f("ix_reviews_chair"), "reviews", ["chair"], unique=False)
    op.create_index(op.f("ix_reviews_removed_at"), "reviews", ["removed_at"], unique=False)
    op.create_index(op.f("ix_reviews_signed_by"), "reviews", ["signed_by"], unique=False)
    op.create_table(
        "technologies",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("code_name", sa.Text(), nullable=False),
        sa.Column("outline", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("business_unit", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("lifecycle", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("next_review", sa.Date(), nullable=True),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("legal_owner", sa.String(length=32), nullable=True),
        sa.Column("executive", sa.String(length=32), nullable=True),
        sa.Column("competitive_edge", sa.Integer(), nullable=True),
        sa.Column("non_substitutability", sa.Integer(), nullable=True),
        sa.Column("catch_up", sa.Integer(), nullable=True),
        sa.Column("dependence", sa.Integer(), nullable=True),
        sa.Column("national_base", sa.Integer(), nullable=True),
        sa.Column("secrecy", sa.Integer(), nullable=True),
        sa.Column("criticality_confirmed", sa.String(length=40), nullable=True),
        sa.Column("criticality_reason", sa.Text(), nullable=False),
        sa.Column("criticality", sa.String(length=40), nullable=True),
        sa.Column("lead_years_low", sa.BigInteger(), nullable=True),
        sa.Column("lead_years_likely", sa.BigInteger(), nullable=True),
        sa.Column("lead_years_high", sa.BigInteger(), nullable=True),
        sa.Column("same_field_firms", sa.String(length=40), nullable=True),
        sa.Column("questions_asked", sa.Text(), nullable=False),
        sa.Column("questions_unknown", sa.Text(), nullable=False),
        sa.Column("impact_financial", sa.Integer(), nullable=True),
        sa.Column("impact_market", sa.Integer(), nullable=True),
        sa.Column("impact_national_base", sa.Integer(), nullable=True),
        sa.Column("impact_partner_trust", sa.Integer(), nullable=True),
        sa.Column("impact_legal", sa.Integer(), nullable=True),
        sa.Column("impact_diversion", sa.Integer(), nullable=True),
        sa.Column("impact", sa.Integer(), nullable=True),
        sa.Column("impact_driver", sa.String(length=40), nullable=True),
        sa.Column("scale_edition", sa.Text(), nullable=False),
        sa.Column("information_owner", sa.String(length=40), nullable=False),
        sa.Column("protection", sa.Text(), nullable=False),
        sa.Column("open_close", sa.String(length=40), nullable=True),
        sa.Column("secrecy_managed", sa.String(length=40), nullable=False),
        sa.Column("useful", sa.String(length=40), nullable=False),
        sa.Column("not_public", sa.String(length=40), nullable=False),
        sa.Column("trade_secret_evidence", sa.Text(), nullable=False),
        sa.Column("trade_secret_assessed_on", sa.Date(), nullable=True),
        sa.Column("dead_letter_risk", sa.Boolean(), nullable=False),
        sa.Column("public_funding", sa.String(length=40), nullable=True),
        sa.Column("export_control_class", sa.Text(), nullable=False),
        sa.Column("classification_date", sa.Date(), nullable=True),
        sa.Column("classification_ref", sa.Text(), nullable=False),
        sa.Column("fefta_prior_report", sa.String(length=40), nullable=False),
        sa.Column("core_sector", sa.String(length=40), nullable=False),
        sa.Column("deemed_export", sa.String(length=40), nullable=False),
        sa.Column("patent_secrecy", sa.String(length=40), nullable=False),
        sa.Column("foreign_filing_check", sa.String(length=40), nullable=False),
        sa.Column("specified_critical", sa.String(length=40), nullable=False),
        sa.Column("regulatory_note", sa.Text(), nullable=False),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("catch_up BETWEEN 0 AND 4", name=op.f("ck_technologies_catch_up_range")),
        sa.CheckConstraint(
            "competitive_edge BETWEEN 0 AND 4", name=op.f("ck_technologies_competitive_edge_range")
        ),
        sa.CheckConstraint("dependence BETWEEN 0 AND 4", name=op.f("ck_technologies_dependence_range")),
        sa.CheckConstraint("impact BETWEEN 1 AND 6", name=op.f("ck_technologies_impact_range")),
        sa.CheckConstraint(
            "impact_diversion BETWEEN 1 AND 6", name=op.f("ck_technologies_impact_diversion_range")
        ),
        sa.CheckConstraint(
            "impact_financial BETWEEN 1 AND 6", name=op.f("ck_technologies_impact_financial_range")
        ),
        sa.CheckConstraint("impact_legal BETWEEN 1 AND 6", name=op.f("ck_technologies_impact_legal_range")),
        sa.CheckConstraint("impact_market BETWEEN 1 AND 6", name=op.f("ck_technologies_impact_market_range")),
        sa.CheckConstraint(
            "impact_national_base BETWEEN 1 AND 6", name=op.f("ck_technologies_impact_national_base_range")
        ),
        sa.CheckConstraint(
            "impact_partner_trust BETWEEN 1 AND 6", name=op.f("ck_technologies_impact_partner_trust_range")
        ),
        sa.CheckConstraint("national_base BETWEEN 0 AND 4", name=op.f("ck_technologies_national_base_range")),
        sa.CheckConstraint(
            "non_substitutability BETWEEN 0 AND 4", name=op.f("ck_technologies_non_substitutability_range")
        ),
        sa.CheckConstraint("secrecy BETWEEN 0 AND 4", name=op.f("ck_technologies_secrecy_range")),
        sa.ForeignKeyConstraint(["executive"], ["people.id"], name=op.f("fk_technologies_executive")),
        sa.ForeignKeyConstraint(["legal_owner"], ["people.id"], name=op.f("fk_technologies_legal_owner")),
        sa.ForeignKeyConstraint(["owner"], ["people.id"], name=op.f("fk_technologies_owner")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_technologies")),
        sa.UniqueConstraint("id", name=op.f("uq_technologies_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_technologies_ref")),
    )
    op.create_index(op.f("ix_technologies_executive"), "technologies", ["executive"], unique=False)
    op.create_index(op.f("ix_technologies_legal_owner"), "technologies", ["legal_owner"], unique=False)
    op.create_index(op.f("ix_technologies_owner"), "technologies", ["owner"], unique=False)
    op.create_index(op.f("ix_technologies_removed_at"), "technologies", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_technologies_removed_at_code_name"),
        "technologies",
        ["removed_at", "code_name"],
        unique=False,
    )
    op.create_index(
        op.f("ix_technologies_removed_at_next_review_status"),
        "technologies",
        ["removed_at", "next_review", "status"],
        unique=False,
    )
    op.create_index(op.f("ix_technologies_source_ref"), "technologies", ["source_ref"], unique=False)
    op.create_index(
        op.f(
            "ix_technologies_removed_at_status_criticality_next_review_executive_id_fefta_prior_report_core_sector_deemed_export_foreign_filing_check_patent_secrecy_specified_critical"
        ),
        "technologies",
        [
            "removed_at",
            "status",
            "criticality",
            "next_review",
            "executive",
            "id",
            "fefta_prior_report",
            "core_sector",
            "deemed_export",
            "foreign_filing_check",
            "patent_secrecy",
            "specified_critical",
        ],
        unique=False,
    )
    op.create_table(
        "agreements",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("engagement", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("survives_until", sa.Date(), nullable=True),
        sa.Column("return_destroy", sa.Boolean(), nullable=True),
        sa.Column("audit_right", sa.Boolean(), nullable=True),
        sa.Column("sublicence", sa.Boolean(), nullable=True),
        sa.Column("improvement_ownership", sa.Text(), nullable=False),
        sa.Column("publication_clause", sa.Boolean(), nullable=True),
        sa.Column("governing_law", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["engagement"], ["engagements.id"], name=op.f("fk_agreements_engagement")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_agreements")),
        sa.UniqueConstraint("id", name=op.f("uq_agreements_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_agreements_ref")),
    )
    op.create_index(op.f("ix_agreements_engagement"), "agreements", ["engagement"], unique=False)
    op.create_index(op.f("ix_agreements_removed_at"), "agreements", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_agreements_removed_at_expires_on"), "agreements", ["removed_at", "expires_on"], unique=False
    )
    op.create_index(
        op.f("ix_agreements_removed_at_type_expires_on_engagement"),
        "agreements",
        ["removed_at", "type", "expires_on", "engagement"],
        unique=False,
    )
    op.create_table(
        "answers",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("answered_by", sa.String(length=32), nullable=True),
        sa.Column("counterparty", sa.String(length=32), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["people.id"], name=op.f("fk_answers_answered_by")),
        sa.ForeignKeyConstraint(
            ["counterparty"], ["counterparties.id"], name=op.f("fk_answers_counterparty")
        ),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_answers")),
        sa.UniqueConstraint("id", name=op.f("uq_answers_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_answers_ref")),
    )
    op.create_index(op.f("ix_answers_answered_by"), "answers", ["answered_by"], unique=False)
    op.create_index(op.f("ix_answers_counterparty"), "answers", ["counterparty"], unique=False)
    op.create_index(
        op.f("ix_answers_item_counterparty_removed_at"),
        "answers",
        ["item", "counterparty", "removed_at"],
        unique=False,
    )
    op.create_index(op.f("ix_answers_removed_at"), "answers", ["removed_at"], unique=False)
    op.create_table(
        "consultations_technologies",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"], ["consultations.id"], name=op.f("fk_consultations_technologies_owner")
        ),
        sa.ForeignKeyConstraint(
            ["target"], ["technologies.id"], name=op.f("fk_consultations_technologies_target")
        ),
        sa.PrimaryKeyConstraint("owner", "target", name=op.f("pk_consultations_technologies")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_consultations_technologies_target"), "consultations_technologies", ["target"], unique=False
    )
    op.create_table(
        "elements",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("technology", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=True),
        sa.Column("form", sa.String(length=40), nullable=True),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("holders", sa.Integer(), nullable=True),
        sa.Column("single_holder", sa.Boolean(), nullable=False),
        sa.Column("marked_secret", sa.Boolean(), nullable=True),
        sa.Column("access_list", sa.Text(), nullable=False),
        sa.Column("last_access_review", sa.Date(), nullable=True),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("holders BETWEEN 0 AND 1000000", name=op.f("ck_elements_holders_range")),
        sa.ForeignKeyConstraint(["technology"], ["technologies.id"], name=op.f("fk_elements_technology")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_elements")),
        sa.UniqueConstraint("id", name=op.f("uq_elements_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_elements_ref")),
    )
    op.create_index(op.f("ix_elements_removed_at"), "elements", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_elements_removed_at_technology_single_holder_holders"),
        "elements",
        ["removed_at", "technology", "single_holder", "holders"],
        unique=False,
    )
    op.create_index(op.f("ix_elements_technology"), "elements", ["technology"], unique=False)
    op.create_table(
        "engagements_counterparties",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"], ["engagements.id"], name=op.f("fk_engagements_counterparties_owner")
        ),
        sa.ForeignKeyConstraint(
            ["target"], ["counterparties.id"], name=op.f("fk_engagements_counterparties_target")
        ),
        sa.PrimaryKeyConstraint("owner", "target", name=op.f("pk_engagements_counterparties")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_engagements_counterparties_target"), "engagements_counterparties", ["target"], unique=False
    )
    op.create_table(
        "engagements_technologies",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"], ["engagements.id"], name=op.f("fk_engagements_technologies_owner")
        ),
        sa.ForeignKeyConstraint(
            ["target"], ["technologies.id"], name=op.f("fk_engagements_technologies_target")
        ),
        sa.PrimaryKeyConstraint("owner", "target", name=op.f("pk_engagements_technologies")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_engagements_technologies_target"), "engagements_technologies", ["target"], unique=False
    )
    op.create_table(
        "exclusions",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("technology", sa.String(length=32), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("considered_on", sa.Date(), nullable=True),
        sa.Column("considered_by", sa.String(length=32), nullable=True),
        sa.Column("review", sa.String(length=32), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["considered_by"], ["people.id"], name=op.f("fk_exclusions_considered_by")),
        sa.ForeignKeyConstraint(["review"], ["reviews.id"], name=op.f("fk_exclusions_review")),
        sa.ForeignKeyConstraint(["technology"], ["technologies.id"], name=op.f("fk_exclusions_technology")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_exclusions")),
        sa.UniqueConstraint("id", name=op.f("uq_exclusions_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_exclusions_ref")),
    )
    op.create_index(op.f("ix_exclusions_considered_by"), "exclusions", ["considered_by"], unique=False)
    op.create_index(op.f("ix_exclusions_removed_at"), "exclusions", ["removed_at"], unique=False)
    op.create_index(op.f("ix_exclusions_review"), "exclusions", ["review"], unique=False)
    op.create_index(op.f("ix_exclusions_technology"), "exclusions", ["technology"], unique=False)
    op.create_table(
        "exposures",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("technology", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("sub_route", sa.Text(), nullable=False),
        sa.Column("engagement", sa.String(length=32), nullable=True),
        sa.Column("counterparty", sa.String(length=32), nullable=True),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("vector", sa.String(length=40), nullable=True),
        sa.Column("actor", sa.String(length=40), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("consequence", sa.Text(), nullable=False),
        sa.Column("assumptions", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("treatment", sa.String(length=40), nullable=False),
        sa.Column("treatment_plan", sa.Text(), nullable=False),
        sa.Column("decision_asked", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("department", sa.String(length=40), nullable=True),
        sa.Column("next_review", sa.Date(), nullable=True),
        sa.Column("likelihood", sa.Integer(), nullable=True),
        sa.Column("impact", sa.Integer(), nullable=True),
        sa.Column("impact_driver", sa.String(length=40), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=40), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("urgency", sa.Integer(), nullable=True),
        sa.Column("rated_on", sa.Date(), nullable=True),
        sa.Column("inherent_level", sa.Integer(), nullable=True),
        sa.Column("target_level", sa.Integer(), nullable=True),
        sa.Column("scale_edition", sa.Text(), nullable=False),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("confidence BETWEEN 1 AND 3", name=op.f("ck_exposures_confidence_range")),
        sa.CheckConstraint("impact BETWEEN 1 AND 6", name=op.f("ck_exposures_impact_range")),
        sa.CheckConstraint("inherent_level BETWEEN 1 AND 5", name=op.f("ck_exposures_inherent_level_range")),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_exposures_level_range")),
        sa.CheckConstraint("likelihood BETWEEN 1 AND 6", name=op.f("ck_exposures_likelihood_range")),
        sa.CheckConstraint("target_level BETWEEN 1 AND 5", name=op.f("ck_exposures_target_level_range")),
        sa.CheckConstraint("urgency BETWEEN 1 AND 5", name=op.f("ck_exposures_urgency_range")),
        sa.ForeignKeyConstraint(
            ["counterparty"], ["counterparties.id"], name=op.f("fk_exposures_counterparty")
        ),
        sa.ForeignKeyConstraint(["engagement"], ["engagements.id"], name=op.f("fk_exposures_engagement")),
        sa.ForeignKeyConstraint(["owner"], ["people.id"], name=op.f("fk_exposures_owner")),
        sa.ForeignKeyConstraint(["technology"], ["technologies.id"], name=op.f("fk_exposures_technology")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_exposures")),
        sa.UniqueConstraint("id", name=op.f("uq_exposures_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_exposures_ref")),
    )
    op.create_index(op.f("ix_exposures_counterparty"), "exposures", ["counterparty"], unique=False)
    op.create_index(op.f("ix_exposures_owner"), "exposures", ["owner"], unique=False)
    op.create_index(op.f("ix_exposures_removed_at"), "exposures", ["removed_at"], unique=False)
    op.create_index(
        op.f(
            "ix_exposures_removed_at_level_urgency_impact_status_treatment_engagement_id_confidence_decision_asked"
        ),
        "exposures",
        [
            "removed_at",
            "level",
            "urgency",
            "impact",
            "status",
            "treatment",
            "engagement",
            "id",
            "confidence",
            "decision_asked",
        ],
        unique=False,
    )
    op.create_index(
        op.f("ix_exposures_removed_at_next_review_status"),
        "exposures",
        ["removed_at", "next_review", "status"],
        unique=False,
    )
    op.create_index(
        op.f(
            "ix_exposures_removed_at_status_level_likelihood_impact_treatment_basis_owner_route_next_review_technology_engagement_id"
        ),
        "exposures",
        [
            "removed_at",
            "status",
            "level",
            "likelihood",
            "impact",
            "treatment",
            "basis",
            "owner",
            "route",
            "next_review",
            "technology",
            "engagement",
            "id",
        ],
        unique=False,
    )
    op.create_index(op.f("ix_exposures_source_ref"), "exposures", ["source_ref"], unique=False)
    op.create_index(
        op.f("ix_exposures_engagement_removed_at_status"),
        "exposures",
        ["engagement", "removed_at", "status"],
        unique=False,
    )
    op.create_index(
        op.f("ix_exposures_technology_route_removed_at_status_basis_level"),
        "exposures",
        ["technology", "route", "removed_at", "status", "basis", "level"],
        unique=False,
    )
    op.create_table(
        "milestones",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("engagement", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["engagement"], ["engagements.id"], name=op.f("fk_milestones_engagement")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_milestones")),
        sa.UniqueConstraint("id", name=op.f("uq_milestones_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_milestones_ref")),
    )
    op.create_index(op.f("ix_milestones_engagement"), "milestones", ["engagement"], unique=False)
    op.create_index(op.f("ix_milestones_removed_at"), "milestones", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_milestones_removed_at_done_on"), "milestones", ["removed_at", "done", "on"], unique=False
    )
    op.create_table(
        "reviews_attendees",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["reviews.id"], name=op.f("fk_reviews_attendees_owner")),
        sa.ForeignKeyConstraint(["target"], ["people.id"], name=op.f("fk_reviews_attendees_target")),
        sa.PrimaryKeyConstraint("owner", "target", name=op.f("pk_reviews_attendees")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reviews_attendees_target"), "reviews_attendees", ["target"], unique=False)
    op.create_table(
        "summaries",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("redaction", sa.String(length=40), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.String(length=32), nullable=True),
        sa.Column("review", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["review"], ["reviews.id"], name=op.f("fk_summaries_review")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_summaries")),
        sa.UniqueConstraint("id", name=op.f("uq_summaries_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_summaries_ref")),
    )
    op.create_index(op.f("ix_summaries_removed_at"), "summaries", ["removed_at"], unique=False)
    op.create_index(op.f("ix_summaries_review"), "summaries", ["review"], unique=False)
    op.create_table(
        "variants",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("engagement", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["engagement"], ["engagements.id"], name=op.f("fk_variants_engagement")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_variants")),
        sa.UniqueConstraint("id", name=op.f("uq_variants_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_variants_ref")),
    )
    op.create_index(op.f("ix_variants_engagement"), "variants", ["engagement"], unique=False)
    op.create_index(op.f("ix_variants_removed_at"), "variants", ["removed_at"], unique=False)
    op.create_table(
        "acceptances",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("exposure", sa.String(length=32), nullable=False),
        sa.Column("level_at", sa.Integer(), nullable=True),
        sa.Column("likelihood_at", sa.Integer(), nullable=True),
        sa.Column("impact_at", sa.Integer(), nullable=True),
        sa.Column("accepted_by", sa.String(length=32), nullable=False),
        sa.Column("accepted_role", sa.String(length=40), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("review", sa.String(length=32), nullable=True),
        sa.CheckConstraint("impact_at BETWEEN 1 AND 6", name=op.f("ck_acceptances_impact_at_range")),
        sa.CheckConstraint("level_at BETWEEN 1 AND 5", name=op.f("ck_acceptances_level_at_range")),
        sa.CheckConstraint("likelihood_at BETWEEN 1 AND 6", name=op.f("ck_acceptances_likelihood_at_range")),
        sa.ForeignKeyConstraint(["accepted_by"], ["people.id"], name=op.f("fk_acceptances_accepted_by")),
        sa.ForeignKeyConstraint(["exposure"], ["exposures.id"], name=op.f("fk_acceptances_exposure")),
        sa.ForeignKeyConstraint(["review"], ["reviews.id"], name=op.f("fk_acceptances_review")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_acceptances")),
        sa.UniqueConstraint("id", name=op.f("uq_acceptances_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_acceptances_ref")),
    )
    op.create_index(op.f("ix_acceptances_accepted_by"), "acceptances", ["accepted_by"], unique=False)
    op.create_index(
        op.f("ix_acceptances_exposure_removed_at_valid_until_level_at"),
        "acceptances",
        ["exposure", "removed_at", "valid_until", "level_at"],
        unique=False,
    )
    op.create_index(op.f("ix_acceptances_removed_at"), "acceptances", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_acceptances_removed_at_valid_until_exposure"),
        "acceptances",
        ["removed_at", "valid_until", "exposure"],
        unique=False,
    )
    op.create_index(op.f("ix_acceptances_review"), "acceptances", ["review"], unique=False)
    op.create_table(
        "assumptions",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("variant", sa.String(length=32), nullable=False),
        sa.Column("technology", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("sub_route", sa.Text(), nullable=False),
        sa.Column("exposure", sa.String(length=32), nullable=True),
        sa.Column("disclosure", sa.String(length=40), nullable=True),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("likelihood", sa.Integer(), nullable=True),
        sa.Column("impact", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("impact BETWEEN 1 AND 6", name=op.f("ck_assumptions_impact_range")),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_assumptions_level_range")),
        sa.CheckConstraint("likelihood BETWEEN 1 AND 6", name=op.f("ck_assumptions_likelihood_range")),
        sa.ForeignKeyConstraint(["exposure"], ["exposures.id"], name=op.f("fk_assumptions_exposure")),
        sa.ForeignKeyConstraint(["technology"], ["technologies.id"], name=op.f("fk_assumptions_technology")),
        sa.ForeignKeyConstraint(["variant"], ["variants.id"], name=op.f("fk_assumptions_variant")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_assumptions")),
        sa.UniqueConstraint("id", name=op.f("uq_assumptions_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_assumptions_ref")),
    )
    op.create_index(op.f("ix_assumptions_exposure"), "assumptions", ["exposure"], unique=False)
    op.create_index(op.f("ix_assumptions_removed_at"), "assumptions", ["removed_at"], unique=False)
    op.create_index(op.f("ix_assumptions_technology"), "assumptions", ["technology"], unique=False)
    op.create_index(op.f("ix_assumptions_variant"), "assumptions", ["variant"], unique=False)
    op.create_table(
        "countermeasures_exposures",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"], ["countermeasures.id"], name=op.f("fk_countermeasures_exposures_owner")
        ),
        sa.ForeignKeyConstraint(
            ["target"], ["exposures.id"], name=op.f("fk_countermeasures_exposures_target")
        ),
        sa.PrimaryKeyConstraint("owner", "target", name=op.f("pk_countermeasures_exposures")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_countermeasures_exposures_target"), "countermeasures_exposures", ["target"], unique=False
    )
    op.create_table(
        "decisions",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("review", sa.String(length=32), nullable=True),
        sa.Column("technology", sa.String(length=32), nullable=True),
        sa.Column("exposure", sa.String(length=32), nullable=True),
        sa.Column("engagement", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["engagement"], ["engagements.id"], name=op.f("fk_decisions_engagement")),
        sa.ForeignKeyConstraint(["exposure"], ["exposures.id"], name=op.f("fk_decisions_exposure")),
        sa.ForeignKeyConstraint(["owner"], ["people.id"], name=op.f("fk_decisions_owner")),
        sa.ForeignKeyConstraint(["review"], ["reviews.id"], name=op.f("fk_decisions_review")),
        sa.ForeignKeyConstraint(["technology"], ["technologies.id"], name=op.f("fk_decisions_technology")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_decisions")),
        sa.UniqueConstraint("id", name=op.f("uq_decisions_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_decisions_ref")),
    )
    op.create_index(op.f("ix_decisions_engagement"), "decisions", ["engagement"], unique=False)
    op.create_index(op.f("ix_decisions_exposure"), "decisions", ["exposure"], unique=False)
    op.create_index(op.f("ix_decisions_owner"), "decisions", ["owner"], unique=False)
    op.create_index(op.f("ix_decisions_removed_at"), "decisions", ["removed_at"], unique=False)
    op.create_index(op.f("ix_decisions_review"), "decisions", ["review"], unique=False)
    op.create_index(op.f("ix_decisions_technology"), "decisions", ["technology"], unique=False)
    op.create_index(
        op.f("ix_decisions_removed_at_due_status"), "decisions", ["removed_at", "due", "status"], unique=False
    )
    op.create_table(
        "estimates",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("exposure", sa.String(length=32), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("cause_share", sa.Integer(), nullable=True),
        sa.Column("loss_productivity", sa.Text(), nullable=False),
        sa.Column("loss_response", sa.Text(), nullable=False),
        sa.Column("loss_replacement", sa.Text(), nullable=False),
        sa.Column("loss_competitive_advantage", sa.Text(), nullable=False),
        sa.Column("loss_fines_judgments", sa.Text(), nullable=False),
        sa.Column("loss_reputation", sa.Text(), nullable=False),
        sa.Column("catch_up", sa.Text(), nullable=False),
        sa.Column("margin", sa.Text(), nullable=False),
        sa.Column("margin_lost", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("estimated_on", sa.Date(), nullable=True),
        sa.Column("estimated_by", sa.String(length=32), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("cause_share BETWEEN 0 AND 100", name=op.f("ck_estimates_cause_share_range")),
        sa.CheckConstraint("confidence BETWEEN 1 AND 3", name=op.f("ck_estimates_confidence_range")),
        sa.ForeignKeyConstraint(["estimated_by"], ["people.id"], name=op.f("fk_estimates_estimated_by")),
        sa.ForeignKeyConstraint(["exposure"], ["exposures.id"], name=op.f("fk_estimates_exposure")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_estimates")),
        sa.UniqueConstraint("id", name=op.f("uq_estimates_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_estimates_ref")),
    )
    op.create_index(op.f("ix_estimates_estimated_by"), "estimates", ["estimated_by"], unique=False)
    op.create_index(op.f("ix_estimates_exposure"), "estimates", ["exposure"], unique=False)
    op.create_index(op.f("ix_estimates_removed_at"), "estimates", ["removed_at"], unique=False)
    op.create_table(
        "exposures_elements",
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["exposures.id"], name=op.f("fk_exposures_elements_owner")),
        sa.ForeignKeyConstraint(["target"], ["elements.id"], name=op.f("fk_exposures_elements_target")),
        sa.PrimaryKeyConstraint("owner", "target", name=op.f("pk_exposures_elements")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_exposures_elements_target"), "exposures_elements", ["target"], unique=False)
    op.create_table(
        "observations",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=True),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("technology", sa.String(length=32), nullable=True),
        sa.Column("exposure", sa.String(length=32), nullable=True),
        sa.Column("subject_ref", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("access_stopped_on", sa.Date(), nullable=True),
        sa.Column("evidence_preserved_on", sa.Date(), nullable=True),
        sa.Column("counsel_on", sa.Date(), nullable=True),
        sa.Column("police_on", sa.Date(), nullable=True),
        sa.Column("meti_on", sa.Date(), nullable=True),
        sa.Column("partner_notified_on", sa.Date(), nullable=True),
        sa.Column("filing_on", sa.Date(), nullable=True),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("handled_by", sa.String(length=32), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("retention_until", sa.Date(), nullable=True),
        sa.Column("handling", sa.String(length=40), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["exposure"], ["exposures.id"], name=op.f("fk_observations_exposure")),
        sa.ForeignKeyConstraint(["handled_by"], ["people.id"], name=op.f("fk_observations_handled_by")),
        sa.ForeignKeyConstraint(["technology"], ["technologies.id"], name=op.f("fk_observations_technology")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_observations")),
        sa.UniqueConstraint("id", name=op.f("uq_observations_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_observations_ref")),
    )
    op.create_index(op.f("ix_observations_exposure"), "observations", ["exposure"], unique=False)
    op.create_index(op.f("ix_observations_handled_by"), "observations", ["handled_by"], unique=False)
    op.create_index(op.f("ix_observations_removed_at"), "observations", ["removed_at"], unique=False)
    op.create_index(op.f("ix_observations_technology"), "observations", ["technology"], unique=False)
    op.create_index(
        op.f("ix_observations_removed_at_kind_status_exposure_observed_on_created_at_retention_until"),
        "observations",
        ["removed_at", "kind", "status", "exposure", "observed_on", "created_at", "retention_until"],
        unique=False,
    )
    op.create_table(
        "ratings",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("exposure", sa.String(length=32), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("likelihood", sa.Integer(), nullable=True),
        sa.Column("impact_financial", sa.Integer(), nullable=True),
        sa.Column("impact_market", sa.Integer(), nullable=True),
        sa.Column("impact_national_base", sa.Integer(), nullable=True),
        sa.Column("impact_partner_trust", sa.Integer(), nullable=True),
        sa.Column("impact_legal", sa.Integer(), nullable=True),
        sa.Column("impact_diversion", sa.Integer(), nullable=True),
        sa.Column("impact", sa.Integer(), nullable=True),
        sa.Column("impact_driver", sa.String(length=40), nullable=True),
        sa.Column("urgency", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=True),
        sa.Column("rated_by", sa.String(length=32), nullable=True),
        sa.Column("review", sa.String(length=32), nullable=True),
        sa.Column("scale_edition", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.CheckConstraint("confidence BETWEEN 1 AND 3", name=op.f("ck_ratings_confidence_range")),
        sa.CheckConstraint("impact BETWEEN 1 AND 6", name=op.f("ck_ratings_impact_range")),
        sa.CheckConstraint(
            "impact_diversion BETWEEN 1 AND 6", name=op.f("ck_ratings_impact_diversion_range")
        ),
        sa.CheckConstraint(
            "impact_financial BETWEEN 1 AND 6", name=op.f("ck_ratings_impact_financial_range")
        ),
        sa.CheckConstraint("impact_legal BETWEEN 1 AND 6", name=op.f("ck_ratings_impact_legal_range")),
        sa.CheckConstraint("impact_market BETWEEN 1 AND 6", name=op.f("ck_ratings_impact_market_range")),
        sa.CheckConstraint(
            "impact_national_base BETWEEN 1 AND 6", name=op.f("ck_ratings_impact_national_base_range")
        ),
        sa.CheckConstraint(
            "impact_partner_trust BETWEEN 1 AND 6", name=op.f("ck_ratings_impact_partner_trust_range")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_ratings_level_range")),
        sa.CheckConstraint("likelihood BETWEEN 1 AND 6", name=op.f("ck_ratings_likelihood_range")),
        sa.CheckConstraint("urgency BETWEEN 1 AND 5", name=op.f("ck_ratings_urgency_range")),
        sa.ForeignKeyConstraint(["exposure"], ["exposures.id"], name=op.f("fk_ratings_exposure")),
        sa.ForeignKeyConstraint(["rated_by"], ["people.id"], name=op.f("fk_ratings_rated_by")),
        sa.ForeignKeyConstraint(["review"], ["reviews.id"], name=op.f("fk_ratings_review")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_ratings")),
        sa.UniqueConstraint("id", name=op.f("uq_ratings_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_ratings_ref")),
    )
    op.create_index(op.f("ix_ratings_rated_by"), "ratings", ["rated_by"], unique=False)
    op.create_index(op.f("ix_ratings_removed_at"), "ratings", ["removed_at"], unique=False)
    op.create_index(op.f("ix_ratings_review"), "ratings", ["review"], unique=False)
    op.create_index(
        op.f("ix_ratings_exposure_removed_at_basis_rated_on_level_likelihood_impact_id"),
        "ratings",
        ["exposure", "removed_at", "basis", "rated_on", "level", "likelihood", "impact", "id"],
        unique=False,
    )
    op.create_table(
        "comparisons",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("engagement", sa.String(length=32), nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("chosen", sa.String(length=32), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("snapshot_seq", sa.Integer(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "snapshot_seq BETWEEN 0 AND 1000000000000000", name=op.f("ck_comparisons_snapshot_seq_range")
        ),
        sa.ForeignKeyConstraint(["chosen"], ["variants.id"], name=op.f("fk_comparisons_chosen")),
        sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name=op.f("fk_comparisons_decision")),
        sa.ForeignKeyConstraint(["engagement"], ["engagements.id"], name=op.f("fk_comparisons_engagement")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_comparisons")),
        sa.UniqueConstraint("id", name=op.f("uq_comparisons_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_comparisons_ref")),
    )
    op.create_index(op.f("ix_comparisons_chosen"), "comparisons", ["chosen"], unique=False)
    op.create_index(op.f("ix_comparisons_decision"), "comparisons", ["decision"], unique=False)
    op.create_index(op.f("ix_comparisons_engagement"), "comparisons", ["engagement"], unique=False)
    op.create_index(op.f("ix_comparisons_removed_at"), "comparisons", ["removed_at"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.Column("review", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("exposure", sa.String(length=32), nullable=True),
        sa.Column("technology", sa.String(length=32), nullable=True),
        sa.Column("engagement", sa.String(length=32), nullable=True),
        sa.Column("counterparty", sa.String(length=32), nullable=True),
        sa.Column("countermeasure", sa.String(length=32), nullable=True),
        sa.Column("agreement", sa.String(length=32), nullable=True),
        sa.Column("observation", sa.String(length=32), nullable=True),
        sa.Column("decision", sa.String(length=32), nullable=True),
        sa.Column("checklist", sa.Text(), nullable=False),
        sa.Column("level_before", sa.Integer(), nullable=True),
        sa.Column("level_after", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.String(length=32), nullable=True),
        sa.CheckConstraint("level_after BETWEEN 1 AND 5", name=op.f("ck_outcomes_level_after_range")),
        sa.CheckConstraint("level_before BETWEEN 1 AND 5", name=op.f("ck_outcomes_level_before_range")),
        sa.CheckConstraint("position BETWEEN 1 AND 100000", name=op.f("ck_outcomes_position_range")),
        sa.ForeignKeyConstraint(["agreement"], ["agreements.id"], name=op.f("fk_outcomes_agreement")),
        sa.ForeignKeyConstraint(
            ["countermeasure"], ["countermeasures.id"], name=op.f("fk_outcomes_countermeasure")
        ),
        sa.ForeignKeyConstraint(
            ["counterparty"], ["counterparties.id"], name=op.f("fk_outcomes_counterparty")
        ),
        sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name=op.f("fk_outcomes_decision")),
        sa.ForeignKeyConstraint(["engagement"], ["engagements.id"], name=op.f("fk_outcomes_engagement")),
        sa.ForeignKeyConstraint(["exposure"], ["exposures.id"], name=op.f("fk_outcomes_exposure")),
        sa.ForeignKeyConstraint(["observation"], ["observations.id"], name=op.f("fk_outcomes_observation")),
        sa.ForeignKeyConstraint(["review"], ["reviews.id"], name=op.f("fk_outcomes_review")),
        sa.ForeignKeyConstraint(["technology"], ["technologies.id"], name=op.f("fk_outcomes_technology")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_outcomes")),
        sa.UniqueConstraint("id", name=op.f("uq_outcomes_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_outcomes_ref")),
    )
    op.create_index(op.f("ix_outcomes_agreement"), "outcomes", ["agreement"], unique=False)
    op.create_index(op.f("ix_outcomes_countermeasure"), "outcomes", ["countermeasure"], unique=False)
    op.create_index(op.f("ix_outcomes_counterparty"), "outcomes", ["counterparty"], unique=False)
    op.create_index(op.f("ix_outcomes_decision"), "outcomes", ["decision"], unique=False)
    op.create_index(op.f("ix_outcomes_engagement"), "outcomes", ["engagement"], unique=False)
    op.create_index(op.f("ix_outcomes_exposure"), "outcomes", ["exposure"], unique=False)
    op.create_index(op.f("ix_outcomes_observation"), "outcomes", ["observation"], unique=False)
    op.create_index(op.f("ix_outcomes_removed_at"), "outcomes", ["removed_at"], unique=False)
    op.create_index(
        op.f("ix_outcomes_review_removed_at_outcome_position"),
        "outcomes",
        ["review", "removed_at", "outcome", "position"],
        unique=False,
    )
    op.create_index(op.f("ix_outcomes_technology"), "outcomes", ["technology"], unique=False)
    for kind in KINDS:
        op.execute(sa.text("INSERT INTO counters (kind, last) VALUES (:kind, 0)").bindparams(kind=kind))
    for statement in SEARCH:
        op.execute(statement)


# Frozen copies: what the first format knew.
KINDS = (
    "technology",
    "element",
    "exposure",
    "rating",
    "countermeasure",
    "acceptance",
    "engagement",
    "agreement",
    "milestone",
    "counterparty",
    "review",
    "decision",
    "answer",
    "consultation",
    "observation",
    "person",
    "summary",
    "outcome",
    "variant",
    "assumption",
    "comparison",
    "exclusion",
    "checkitem",
    "scale",
    "estimate",
)
SEARCH = (
    "CREATE VIRTUAL TABLE search USING fts5(body, content='', contentless_delete=1, "
    "tokenize='trigram case_sensitive 1')",
    # SQLCipher keeps 80 bytes of each page: pieces of FTS5's own 4,050 bytes would be split over two pages.
    "INSERT INTO search(search, rank) VALUES('pgsz', 3970)",
    "CREATE VIRTUAL TABLE search_terms USING fts5vocab(search, row)",
    "CREATE TABLE search_waiting(row INTEGER PRIMARY KEY, body TEXT)",
)
