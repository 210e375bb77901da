"""foundation

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op

from models.searching import indexing_ddl, unindexing_ddl

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


# Written out, not asked of the models: this migration says the same whatever the models become.
CLOSED = {  # append-only table: its unique keys
    "attachment": ["id"],
    "attachment_void": ["attachment_id", "id"],
    "export_run": ["id", "token"],
    "print_run": ["id"],
    "record_note": ["id"],
    "signature": ["id"],
    "trail_entry": ["chain_id seq", "id"],
    "trail_seal": ["chain_id first_seq", "id"],
}
SEARCHED = {  # table: the columns whose words are indexed
    "call_record": ("number", "party", "content"),
    "follow_up": ("number", "customer"),
    "resident": ("name", "salutation", "remark"),
    "ticket": ("number", "content", "customer", "place"),
    "unit": ("code", "ownership", "remark"),
    "work_order": ("number", "content", "reporter", "place"),
}
PHONES = {  # table: its telephone columns, found by their last digits
    "call_record": ("callback",),
    "follow_up": ("phone",),
    "ticket": ("reporter_phone",),
    "work_order": ("phone",),
}
FUNCTION = """
CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = 'P0A01';
END $$
"""


def closing(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [statement for name, keys in CLOSED.items() for statement in closing_on_sqlite(name, keys)]
    made = [FUNCTION]
    for name in CLOSED:
        made += [
            f"CREATE OR REPLACE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION append_only()",
            f"CREATE OR REPLACE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
        ]
    return made


def closing_on_sqlite(name: str, keys: list[str]) -> list[str]:
    refuse = f"SELECT RAISE(ABORT, '{name} is append-only')"
    taken = " OR ".join(f"({' AND '.join(f'{c} = NEW.{c}' for c in key.split())})" for key in keys)
    there = f"EXISTS (SELECT 1 FROM {name} WHERE {taken})"
    return [
        f"CREATE TRIGGER IF NOT EXISTS {name}_no_update BEFORE UPDATE ON {name} BEGIN {refuse}; END",
        f"CREATE TRIGGER IF NOT EXISTS {name}_no_delete BEFORE DELETE ON {name} BEGIN {refuse}; END",
        f"CREATE TRIGGER IF NOT EXISTS {name}_no_replace BEFORE INSERT ON {name} WHEN {there} BEGIN {refuse}; END",
    ]


def opening(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {n}_no_{what}" for n in CLOSED for what in ("update", "delete", "replace")]
    drops = [f"DROP TRIGGER IF EXISTS {n}_{what} ON {n}" for n in CLOSED for what in ("no_change", "no_truncate")]
    return [*drops, "DROP FUNCTION IF EXISTS append_only()"]


def upgrade() -> None:
    op.create_table('form_token',
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_form_token'))
    )
    with op.batch_alter_table('form_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_token_used_at'), ['used_at'], unique=False)

    op.create_table('login_throttle',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=128), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=False),
    sa.Column('open_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_throttle')),
    sa.UniqueConstraint('kind', 'subject', name=op.f('uq_login_throttle_kind_subject'))
    )
    op.create_table('org_unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('code', sa.String(length=8), nullable=True),
    sa.Column('department', sa.String(length=16), nullable=True),
    sa.Column('serves_id', sa.Integer(), nullable=True),
    sa.Column('path', sa.String(length=255), nullable=False),
    sa.Column('address', sa.String(length=255), nullable=True),
    sa.Column('phone', sa.String(length=32), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.CheckConstraint("kind <> 'project' OR code IS NOT NULL", name=op.f('ck_org_unit_project_has_code')),
    sa.ForeignKeyConstraint(['parent_id'], ['org_unit.id'], name=op.f('fk_org_unit_parent_id_org_unit')),
    sa.ForeignKeyConstraint(['serves_id'], ['org_unit.id'], name=op.f('fk_org_unit_serves_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_org_unit')),
    sa.UniqueConstraint('code', name=op.f('uq_org_unit_code'))
    )
    with op.batch_alter_table('org_unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_org_unit_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_org_unit_path'), ['path'], unique=False)
        batch_op.create_index(batch_op.f('ix_org_unit_serves_id'), ['serves_id'], unique=False)

    op.create_table('series_counter',
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_series_counter'))
    )
    op.create_table('trail_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('chain_id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(length=128), nullable=False),
    sa.Column('changes', sa.Text(), nullable=False),
    sa.Column('reason', sa.String(length=255), nullable=True),
    sa.Column('request_id', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trail_entry'))
    )
    with op.batch_alter_table('trail_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_trail_entry_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_trail_entry_at'), ['at'], unique=False)
        batch_op.create_index('ix_trail_entry_noun_row_id', ['noun', 'row_id'], unique=False)
        batch_op.create_index('uq_trail_entry_chain_id_seq', ['chain_id', 'seq'], unique=True)

    op.create_table('trail_head',
    sa.Column('chain_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('chain_id', name=op.f('pk_trail_head'))
    )
    op.create_table('trail_seal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('chain_id', sa.Integer(), nullable=False),
    sa.Column('first_seq', sa.Integer(), nullable=False),
    sa.Column('last_seq', sa.Integer(), nullable=False),
    sa.Column('lines', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('sealed_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trail_seal'))
    )
    with op.batch_alter_table('trail_seal', schema=None) as batch_op:
        batch_op.create_index('uq_trail_seal_chain_id_first_seq', ['chain_id', 'first_seq'], unique=True)

    op.create_table('clock',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('deadline', sa.String(length=16), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('stopped_at', sa.DateTime(), nullable=True),
    sa.Column('next_rung_at', sa.DateTime(), nullable=True),
    sa.Column('rung', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_clock_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock')),
    sa.UniqueConstraint('noun', 'row_id', 'deadline', name=op.f('uq_clock_noun_row_id_deadline'))
    )
    with op.batch_alter_table('clock', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clock_deadline'), ['deadline'], unique=False)
        batch_op.create_index(batch_op.f('ix_clock_org_id'), ['org_id'], unique=False)
        batch_op.create_index('ix_clock_org_id_due', ['org_id', 'stopped_at', 'due_at'], unique=False)
        batch_op.create_index('ix_clock_waiting', ['stopped_at', 'next_rung_at'], unique=False)

    op.create_table('obligation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('duty', sa.String(length=16), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(length=16), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('next_rung_at', sa.DateTime(), nullable=True),
    sa.Column('rung', sa.Integer(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('closed_noun', sa.String(length=64), nullable=True),
    sa.Column('closed_row_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_obligation_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_obligation')),
    sa.UniqueConstraint('duty', 'org_id', 'period', name=op.f('uq_obligation_duty_org_id_period'))
    )
    with op.batch_alter_table('obligation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_obligation_duty'), ['duty'], unique=False)
        batch_op.create_index(batch_op.f('ix_obligation_next_rung_at'), ['next_rung_at'], unique=False)
        batch_op.create_index('ix_obligation_open', ['closed_at', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_obligation_org_id'), ['org_id'], unique=False)

    op.create_table('post_name',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('post', sa.String(length=32), nullable=False),
    sa.Column('label', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_post_name_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_name')),
    sa.UniqueConstraint('org_id', 'post', name=op.f('uq_post_name_org_id_post'))
    )
    with op.batch_alter_table('post_name', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_name_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_post_name_post'), ['post'], unique=False)

    op.create_table('resident',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('initials', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('gender', sa.String(length=8), nullable=True),
    sa.Column('salutation', sa.String(length=16), nullable=True),
    sa.Column('id_no', sa.Text(), nullable=True),
    sa.Column('id_no_print', sa.String(length=64), nullable=True),
    sa.Column('employer', sa.Text(), nullable=True),
    sa.Column('important', sa.Boolean(), nullable=False),
    sa.Column('vip_reason', sa.String(length=255), nullable=True),
    sa.Column('contact_wish', sa.String(length=64), nullable=True),
    sa.Column('household_size', sa.Integer(), nullable=True),
    sa.Column('remark', sa.String(length=2000), nullable=True),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['merged_into_id'], ['resident.id'], name=op.f('fk_resident_merged_into_id_resident')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_resident_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resident'))
    )
    with op.batch_alter_table('resident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resident_initials'), ['initials'], unique=False)
        batch_op.create_index(batch_op.f('ix_resident_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_resident_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_resident_org_id'), ['org_id'], unique=False)
        batch_op.create_index('ix_resident_org_id_id_no_print', ['org_id', 'id_no_print'], unique=False)
        batch_op.create_index('ix_resident_org_id_name_id', ['org_id', 'name', 'id'], unique=False)
        batch_op.create_index(
            'uq_resident_org_id_id_no_print', ['org_id', 'id_no_print'], unique=True,
            sqlite_where=sa.text('merged_into_id IS NULL AND id_no_print IS NOT NULL'),
            postgresql_where=sa.text('merged_into_id IS NULL AND id_no_print IS NOT NULL'),
        )

    op.create_table('staff',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('initials', sa.String(length=32), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('badge_no', sa.String(length=32), nullable=True),
    sa.Column('phone', sa.String(length=32), nullable=True),
    sa.Column('login', sa.String(length=64), nullable=True),
    sa.Column('password_hash', sa.String(length=255), nullable=True),
    sa.Column('must_change', sa.Boolean(), nullable=False),
    sa.Column('pin_hash', sa.String(length=255), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('demo', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_staff_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff')),
    sa.UniqueConstraint('login', name=op.f('uq_staff_login'))
    )
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_initials'), ['initials'], unique=False)
        batch_op.create_index(batch_op.f('ix_staff_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_staff_org_id'), ['org_id'], unique=False)

    op.create_table('work_day',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('holiday', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_work_day_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_day')),
    sa.UniqueConstraint('org_id', 'day', name=op.f('uq_work_day_org_id_day'))
    )
    with op.batch_alter_table('work_day', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_day_day'), ['day'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_day_org_id'), ['org_id'], unique=False)

    op.create_table('alert',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('post', sa.String(length=32), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('rung', sa.Integer(), nullable=False),
    sa.Column('deadline', sa.String(length=16), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('body', sa.String(length=500), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('delivered_at', sa.DateTime(), nullable=False),
    sa.Column('acknowledged_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_alert_org_id_org_unit')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_alert_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_alert')),
    sa.UniqueConstraint('staff_id', 'source', 'source_id', 'rung', name=op.f('uq_alert_staff_id_source_source_id_rung'))
    )
    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.create_index('ix_alert_noun_row_id', ['noun', 'row_id', 'staff_id'], unique=False)
        batch_op.create_index('ix_alert_open', ['staff_id', 'acknowledged_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_alert_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_alert_staff_id'), ['staff_id'], unique=False)

    op.create_table('appointment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('post', sa.String(length=32), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('delegated_by_id', sa.Integer(), nullable=True),
    sa.Column('approvals', sa.Boolean(), nullable=False),
    sa.CheckConstraint('delegated_by_id IS NULL OR ends_on IS NOT NULL', name=op.f('ck_appointment_delegation_ends')),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_appointment_in_order')),
    sa.ForeignKeyConstraint(['delegated_by_id'], ['staff.id'], name=op.f('fk_appointment_delegated_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_appointment_org_id_org_unit')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_appointment_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appointment'))
    )
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.create_index('ix_appointment_current', ['post', 'org_id', 'ends_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_appointment_delegated_by_id'), ['delegated_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_appointment_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_appointment_post'), ['post'], unique=False)
        batch_op.create_index(batch_op.f('ix_appointment_staff_id'), ['staff_id'], unique=False)

    op.create_table('attachment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('media', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=64), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['staff.id'], name=op.f('fk_attachment_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_attachment_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_by_id'), ['by_id'], unique=False)
        batch_op.create_index('ix_attachment_noun_row_id', ['noun', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachment_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachment_sha256'), ['sha256'], unique=False)

    op.create_table('building',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('cluster', sa.String(length=64), nullable=True),
    sa.Column('floors', sa.String(length=16), nullable=True),
    sa.Column('engineer_id', sa.Integer(), nullable=True),
    sa.Column('steward_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['engineer_id'], ['staff.id'], name=op.f('fk_building_engineer_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_building_org_id_org_unit')),
    sa.ForeignKeyConstraint(['steward_id'], ['staff.id'], name=op.f('fk_building_steward_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_building')),
    sa.UniqueConstraint('org_id', 'name', name=op.f('uq_building_org_id_name'))
    )
    with op.batch_alter_table('building', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_building_engineer_id'), ['engineer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_building_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_building_steward_id'), ['steward_id'], unique=False)

    op.create_table('change_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('title', sa.String(length=64), nullable=False),
    sa.Column('need', sa.String(length=2000), nullable=False),
    sa.Column('why', sa.String(length=2000), nullable=False),
    sa.Column('where', sa.String(length=64), nullable=True),
    sa.Column('wanted_on', sa.Date(), nullable=True),
    sa.Column('outcome', sa.String(length=2000), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_change_request_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_change_request_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change_request')),
    sa.UniqueConstraint('number', name=op.f('uq_change_request_number'))
    )
    with op.batch_alter_table('change_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_change_request_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_request_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_request_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_change_request_state'), ['state'], unique=False)

    op.create_table('duty_task',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('title', sa.String(length=64), nullable=False),
    sa.Column('content', sa.String(length=2000), nullable=True),
    sa.Column('assignee_id', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.Column('result', sa.String(length=2000), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['assignee_id'], ['staff.id'], name=op.f('fk_duty_task_assignee_id_staff')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_duty_task_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_duty_task_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duty_task')),
    sa.UniqueConstraint('number', name=op.f('uq_duty_task_number'))
    )
    with op.batch_alter_table('duty_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_duty_task_assignee_id'), ['assignee_id'], unique=False)
        batch_op.create_index('ix_duty_task_assignee_id_state', ['assignee_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_duty_task_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_duty_task_due_at'), ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_duty_task_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_duty_task_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_duty_task_state'), ['state'], unique=False)

    op.create_table('export_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('format', sa.String(length=8), nullable=False),
    sa.Column('query', sa.String(length=2000), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['staff.id'], name=op.f('fk_export_run_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_export_run_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_run')),
    sa.UniqueConstraint('token', name=op.f('uq_export_run_token'))
    )
    with op.batch_alter_table('export_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_export_run_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_export_run_by_id'), ['by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_export_run_noun'), ['noun'], unique=False)
        batch_op.create_index(batch_op.f('ix_export_run_org_id'), ['org_id'], unique=False)

    op.create_table('import_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('register', sa.String(length=64), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('parcel', sa.String(length=64), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('plan', sa.Text(), nullable=True),
    sa.Column('create_places', sa.Boolean(), nullable=False),
    sa.Column('mode', sa.String(length=8), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('blank', sa.Integer(), nullable=False),
    sa.Column('to_create', sa.Integer(), nullable=False),
    sa.Column('to_update', sa.Integer(), nullable=False),
    sa.Column('skipped', sa.Integer(), nullable=False),
    sa.Column('errors', sa.Integer(), nullable=False),
    sa.Column('cleaned', sa.Integer(), nullable=False),
    sa.Column('new_buildings', sa.Integer(), nullable=False),
    sa.Column('new_units', sa.Integer(), nullable=False),
    sa.Column('created', sa.Integer(), nullable=False),
    sa.Column('updated', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('message', sa.String(length=255), nullable=True),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(), nullable=True),
    sa.Column('beat_at', sa.DateTime(), nullable=True),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('asked_turn', sa.Integer(), nullable=False),
    sa.Column('finished_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('done <= total', name=op.f('ck_import_run_done_within_total')),
    sa.ForeignKeyConstraint(['by_id'], ['staff.id'], name=op.f('fk_import_run_by_id_staff')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['staff.id'], name=op.f('fk_import_run_confirmed_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_import_run_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_run'))
    )
    with op.batch_alter_table('import_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_run_by_id'), ['by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_run_confirmed_by_id'), ['confirmed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_run_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_run_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_run_register'), ['register'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_run_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_run_state'), ['state'], unique=False)

    op.create_table('incident',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('rule', sa.String(length=32), nullable=True),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=True),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('body', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_incident_org_id_org_unit')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_incident_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident'))
    )
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incident_at'), ['at'], unique=False)
        batch_op.create_index('ix_incident_noun_row_id', ['noun', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_incident_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_incident_staff_id'), ['staff_id'], unique=False)

    op.create_table('knowledge_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('title', sa.String(length=64), nullable=False),
    sa.Column('topic', sa.String(length=64), nullable=True),
    sa.Column('body', sa.String(length=2000), nullable=False),
    sa.Column('source', sa.String(length=255), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False),
    sa.Column('reviewed_at', sa.DateTime(), nullable=True),
    sa.Column('reviewed_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['staff.id'], name=op.f('fk_knowledge_entry_author_id_staff')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_knowledge_entry_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_knowledge_entry_org_id_org_unit')),
    sa.ForeignKeyConstraint(['reviewed_by_id'], ['staff.id'], name=op.f('fk_knowledge_entry_reviewed_by_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_knowledge_entry')),
    sa.UniqueConstraint('number', name=op.f('uq_knowledge_entry_number'))
    )
    with op.batch_alter_table('knowledge_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_knowledge_entry_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_knowledge_entry_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_knowledge_entry_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_knowledge_entry_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_knowledge_entry_reviewed_by_id'), ['reviewed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_knowledge_entry_state'), ['state'], unique=False)
        batch_op.create_index('ix_knowledge_entry_state_review_on', ['state', 'review_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_knowledge_entry_title'), ['title'], unique=False)

    op.create_table('leave',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=255), nullable=False),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_leave_in_order')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_leave_org_id_org_unit')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_leave_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leave'))
    )
    with op.batch_alter_table('leave', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leave_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_leave_staff_id'), ['staff_id'], unique=False)

    op.create_table('login_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['project_id'], ['org_unit.id'], name=op.f('fk_login_session_project_id_org_unit')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_login_session_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_login_session_token_hash'))
    )
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_login_session_project_id'), ['project_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_login_session_staff_id'), ['staff_id'], unique=False)

    op.create_table('meeting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('period', sa.String(length=8), nullable=False),
    sa.Column('held_at', sa.DateTime(), nullable=True),
    sa.Column('place', sa.String(length=64), nullable=True),
    sa.Column('chair_id', sa.Integer(), nullable=True),
    sa.Column('attendees', sa.String(length=255), nullable=True),
    sa.Column('minutes', sa.String(length=2000), nullable=True),
    sa.Column('figures', sa.JSON(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'held' OR (held_at IS NOT NULL AND minutes IS NOT NULL)", name=op.f('ck_meeting_held_has_minutes')),
    sa.ForeignKeyConstraint(['chair_id'], ['staff.id'], name=op.f('fk_meeting_chair_id_staff')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_meeting_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_meeting_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting')),
    sa.UniqueConstraint('number', name=op.f('uq_meeting_number'))
    )
    with op.batch_alter_table('meeting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_chair_id'), ['chair_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_state'), ['state'], unique=False)
        batch_op.create_index('uq_meeting_org_id_kind_period', ['org_id', 'kind', 'period'], unique=True, sqlite_where=sa.text("state <> 'void'"), postgresql_where=sa.text("state <> 'void'"))

    op.create_table('paper_copy',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('set_no', sa.Integer(), nullable=False),
    sa.Column('copy_no', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('recipient', sa.String(length=64), nullable=False),
    sa.Column('holder_id', sa.Integer(), nullable=True),
    sa.Column('printed_at', sa.DateTime(), nullable=False),
    sa.Column('out_at', sa.DateTime(), nullable=True),
    sa.Column('settled_at', sa.DateTime(), nullable=True),
    sa.Column('received_by_id', sa.Integer(), nullable=True),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('copy_no BETWEEN 1 AND 3', name=op.f('ck_paper_copy_copy_no')),
    sa.ForeignKeyConstraint(['holder_id'], ['staff.id'], name=op.f('fk_paper_copy_holder_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_paper_copy_org_id_org_unit')),
    sa.ForeignKeyConstraint(['received_by_id'], ['staff.id'], name=op.f('fk_paper_copy_received_by_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_copy')),
    sa.UniqueConstraint('code', name=op.f('uq_paper_copy_code')),
    sa.UniqueConstraint('noun', 'row_id', 'copy_no', 'set_no', name=op.f('uq_paper_copy_noun_row_id_copy_no_set_no'))
    )
    with op.batch_alter_table('paper_copy', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_paper_copy_holder_id'), ['holder_id'], unique=False)
        batch_op.create_index('ix_paper_copy_noun_row_id', ['noun', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_copy_number'), ['number'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_copy_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_copy_out_at'), ['out_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_copy_received_by_id'), ['received_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_paper_copy_state'), ['state'], unique=False)

    op.create_table('policy_value',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('effective_from', sa.DateTime(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('reason', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_policy_value_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_policy_value_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_value'))
    )
    with op.batch_alter_table('policy_value', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_policy_value_key'), ['key'], unique=False)
        batch_op.create_index('ix_policy_value_lookup', ['key', 'org_id', 'effective_from'], unique=False)
        batch_op.create_index(batch_op.f('ix_policy_value_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_policy_value_org_id'), ['org_id'], unique=False)

    op.create_table('print_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('form', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=True),
    sa.Column('batch_id', sa.String(length=32), nullable=False),
    sa.Column('nth', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['staff.id'], name=op.f('fk_print_run_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_print_run_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_print_run'))
    )
    with op.batch_alter_table('print_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_print_run_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_print_run_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_print_run_by_id'), ['by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_print_run_form'), ['form'], unique=False)
        batch_op.create_index('ix_print_run_noun_row_id', ['noun', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_print_run_org_id'), ['org_id'], unique=False)

    op.create_table('record_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('means', sa.String(length=16), nullable=True),
    sa.Column('to_whom', sa.String(length=64), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('body', sa.String(length=2000), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['staff.id'], name=op.f('fk_record_note_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_record_note_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_note'))
    )
    with op.batch_alter_table('record_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_record_note_by_id'), ['by_id'], unique=False)
        batch_op.create_index('ix_record_note_noun_row_id', ['noun', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_record_note_org_id'), ['org_id'], unique=False)

    op.create_table('resident_phone',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('reversed', sa.String(length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_resident_phone_org_id_org_unit')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_resident_phone_resident_id_resident')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resident_phone')),
    sa.UniqueConstraint('resident_id', 'number', name=op.f('uq_resident_phone_resident_id_number'))
    )
    with op.batch_alter_table('resident_phone', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resident_phone_number'), ['number'], unique=False)
        batch_op.create_index(batch_op.f('ix_resident_phone_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_resident_phone_resident_id'), ['resident_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_resident_phone_reversed'), ['reversed'], unique=False)

    op.create_table('rung',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('clock_id', sa.Integer(), nullable=True),
    sa.Column('obligation_id', sa.Integer(), nullable=True),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('rung', sa.Integer(), nullable=False),
    sa.Column('post', sa.String(length=32), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('told_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('(clock_id IS NULL) <> (obligation_id IS NULL)', name=op.f('ck_rung_one_source')),
    sa.ForeignKeyConstraint(['clock_id'], ['clock.id'], name=op.f('fk_rung_clock_id_clock')),
    sa.ForeignKeyConstraint(['obligation_id'], ['obligation.id'], name=op.f('fk_rung_obligation_id_obligation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rung')),
    sa.UniqueConstraint('clock_id', 'round', 'rung', name=op.f('uq_rung_clock_id_round_rung')),
    sa.UniqueConstraint('obligation_id', 'rung', name=op.f('uq_rung_obligation_id_rung'))
    )
    with op.batch_alter_table('rung', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rung_clock_id'), ['clock_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rung_obligation_id'), ['obligation_id'], unique=False)

    op.create_table('saved_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('query', sa.String(length=2000), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_saved_view_org_id_org_unit')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_saved_view_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view')),
    sa.UniqueConstraint('staff_id', 'noun', 'name', name=op.f('uq_saved_view_staff_id_noun_name'))
    )
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_view_noun'), ['noun'], unique=False)
        batch_op.create_index(batch_op.f('ix_saved_view_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_saved_view_staff_id'), ['staff_id'], unique=False)

    op.create_table('upward_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('to_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('means', sa.String(length=16), nullable=False),
    sa.Column('content', sa.String(length=2000), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=True),
    sa.Column('row_id', sa.Integer(), nullable=True),
    sa.Column('about', sa.String(length=64), nullable=True),
    sa.Column('reply', sa.String(length=2000), nullable=True),
    sa.Column('replied_at', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_upward_report_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_upward_report_org_id_org_unit')),
    sa.ForeignKeyConstraint(['to_id'], ['staff.id'], name=op.f('fk_upward_report_to_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upward_report')),
    sa.UniqueConstraint('number', name=op.f('uq_upward_report_number'))
    )
    with op.batch_alter_table('upward_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upward_report_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_upward_report_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_upward_report_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index('ix_upward_report_noun_row_id', ['noun', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_upward_report_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_upward_report_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_upward_report_to_id'), ['to_id'], unique=False)

    op.create_table('import_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('verdict', sa.String(length=8), nullable=False),
    sa.Column('has_changes', sa.Boolean(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('outcome', sa.String(length=8), nullable=True),
    sa.Column('outcome_reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['run_id'], ['import_run.id'], name=op.f('fk_import_row_run_id_import_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_row')),
    sa.UniqueConstraint('run_id', 'number', name=op.f('uq_import_row_run_id_number'))
    )
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_row_run_id'), ['run_id'], unique=False)
        batch_op.create_index('ix_import_row_run_id_outcome_number', ['run_id', 'outcome', 'number'], unique=False)
        batch_op.create_index('ix_import_row_run_id_verdict_number', ['run_id', 'verdict', 'number'], unique=False)

    op.create_table('meeting_action',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('measure', sa.String(length=255), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.Column('result', sa.String(length=255), nullable=True),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_meeting_action_meeting_id_meeting')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_meeting_action_org_id_org_unit')),
    sa.ForeignKeyConstraint(['owner_id'], ['staff.id'], name=op.f('fk_meeting_action_owner_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_action')),
    sa.UniqueConstraint('meeting_id', 'line_no', name=op.f('uq_meeting_action_meeting_id_line_no'))
    )
    with op.batch_alter_table('meeting_action', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_action_meeting_id'), ['meeting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_action_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_action_owner_id'), ['owner_id'], unique=False)

    op.create_table('print_content',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['print_run.id'], name=op.f('fk_print_content_run_id_print_run')),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_print_content'))
    )
    op.create_table('signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('noun', sa.String(length=64), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('slot', sa.String(length=32), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('signer', sa.String(length=64), nullable=False),
    sa.Column('relation', sa.String(length=64), nullable=False),
    sa.Column('post', sa.String(length=32), nullable=True),
    sa.Column('means', sa.String(length=16), nullable=False),
    sa.Column('signed_at', sa.DateTime(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(), nullable=False),
    sa.Column('late_reason', sa.String(length=255), nullable=True),
    sa.Column('attachment_id', sa.Integer(), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_signature_attachment_id_attachment')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_signature_org_id_org_unit')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_signature_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signature'))
    )
    with op.batch_alter_table('signature', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_signature_attachment_id'), ['attachment_id'], unique=False)
        batch_op.create_index('ix_signature_noun_row_id', ['noun', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_signature_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_signature_staff_id'), ['staff_id'], unique=False)

    op.create_table('attachment_void',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=255), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_attachment_void_attachment_id_attachment')),
    sa.ForeignKeyConstraint(['by_id'], ['staff.id'], name=op.f('fk_attachment_void_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_attachment_void_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment_void')),
    sa.UniqueConstraint('attachment_id', name=op.f('uq_attachment_void_attachment_id'))
    )
    with op.batch_alter_table('attachment_void', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_void_by_id'), ['by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachment_void_org_id'), ['org_id'], unique=False)

    op.create_table('unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('building_id', sa.Integer(), nullable=False),
    sa.Column('entrance', sa.String(length=16), nullable=False),
    sa.Column('room_no', sa.String(length=16), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('area', sa.BigInteger(), nullable=True),
    sa.Column('ownership', sa.String(length=255), nullable=True),
    sa.Column('structure', sa.String(length=64), nullable=True),
    sa.Column('sold', sa.Boolean(), nullable=False),
    sa.Column('renovating', sa.Boolean(), nullable=False),
    sa.Column('in_custody', sa.Boolean(), nullable=False),
    sa.Column('long_vacant', sa.Boolean(), nullable=False),
    sa.Column('remark', sa.String(length=2000), nullable=True),
    sa.CheckConstraint('area IS NULL OR area > 0', name=op.f('ck_unit_area_positive')),
    sa.ForeignKeyConstraint(['building_id'], ['building.id'], name=op.f('fk_unit_building_id_building')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_unit_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit')),
    sa.UniqueConstraint('building_id', 'entrance', 'room_no', name=op.f('uq_unit_building_id_entrance_room_no')),
    sa.UniqueConstraint('org_id', 'code', name=op.f('uq_unit_org_id_code'))
    )
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_building_id'), ['building_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_room_no'), ['room_no'], unique=False)

    op.create_table('occupancy',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('relation', sa.String(length=16), nullable=False),
    sa.Column('move_in_on', sa.Date(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('lives_here', sa.Boolean(), nullable=False),
    sa.Column('is_contact', sa.Boolean(), nullable=False),
    sa.CheckConstraint('ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on', name=op.f('ck_occupancy_in_order')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_occupancy_org_id_org_unit')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_occupancy_resident_id_resident')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_occupancy_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_occupancy'))
    )
    with op.batch_alter_table('occupancy', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_occupancy_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_occupancy_resident_id'), ['resident_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_occupancy_unit_id'), ['unit_id'], unique=False)

    op.create_table('ticket',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('place', sa.String(length=64), nullable=True),
    sa.Column('resident_id', sa.Integer(), nullable=True),
    sa.Column('customer', sa.String(length=64), nullable=False),
    sa.Column('reporter', sa.String(length=64), nullable=True),
    sa.Column('reporter_phone', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('content', sa.String(length=2000), nullable=False),
    sa.Column('read_back', sa.Boolean(), nullable=False),
    sa.Column('priority', sa.String(length=16), nullable=False),
    sa.Column('first_contact_id', sa.Integer(), nullable=False),
    sa.Column('department', sa.String(length=16), nullable=True),
    sa.Column('handler_id', sa.Integer(), nullable=True),
    sa.Column('appointment_at', sa.DateTime(), nullable=True),
    sa.Column('passed_at', sa.DateTime(), nullable=True),
    sa.Column('dispatched_at', sa.DateTime(), nullable=True),
    sa.Column('arrived_at', sa.DateTime(), nullable=True),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.Column('proven_at', sa.DateTime(), nullable=True),
    sa.Column('signed_by', sa.String(length=64), nullable=True),
    sa.Column('solution', sa.String(length=2000), nullable=True),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('last_informed_at', sa.DateTime(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('late_entry_reason', sa.String(length=255), nullable=True),
    sa.Column('arises_from_id', sa.Integer(), nullable=True),
    sa.Column('duplicate_of_id', sa.Integer(), nullable=True),
    sa.Column('transferred', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('score IS NULL OR score BETWEEN 1 AND 5', name=op.f('ck_ticket_score')),
    sa.CheckConstraint('unit_id IS NOT NULL OR place IS NOT NULL', name=op.f('ck_ticket_unit_or_place')),
    sa.ForeignKeyConstraint(['arises_from_id'], ['ticket.id'], name=op.f('fk_ticket_arises_from_id_ticket')),
    sa.ForeignKeyConstraint(['duplicate_of_id'], ['ticket.id'], name=op.f('fk_ticket_duplicate_of_id_ticket')),
    sa.ForeignKeyConstraint(['first_contact_id'], ['staff.id'], name=op.f('fk_ticket_first_contact_id_staff')),
    sa.ForeignKeyConstraint(['handler_id'], ['staff.id'], name=op.f('fk_ticket_handler_id_staff')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_ticket_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_ticket_org_id_org_unit')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_ticket_resident_id_resident')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_ticket_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('number', name=op.f('uq_ticket_number'))
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_arises_from_id'), ['arises_from_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_duplicate_of_id'), ['duplicate_of_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_first_contact_id'), ['first_contact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_handler_id'), ['handler_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_received_at'), ['received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_resident_id'), ['resident_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_unit_id'), ['unit_id'], unique=False)
        batch_op.create_index('ix_ticket_unit_id_state', ['unit_id', 'state'], unique=False)
        batch_op.create_index('ix_ticket_org_id_state', ['org_id', 'state'], unique=False)

    op.create_table('call_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('party', sa.String(length=64), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('content', sa.String(length=2000), nullable=False),
    sa.Column('answered_now', sa.Boolean(), nullable=False),
    sa.Column('callback', sa.String(length=64), nullable=True),
    sa.Column('department', sa.String(length=16), nullable=True),
    sa.Column('rings', sa.Integer(), nullable=True),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('reception', sa.String(length=255), nullable=True),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('answer', sa.String(length=2000), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("answered_now OR callback IS NOT NULL OR kind = 'patrol'", name=op.f('ck_call_record_callback_when_open')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_call_record_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_call_record_org_id_org_unit')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_call_record_ticket_id_ticket')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_call_record_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_record')),
    sa.UniqueConstraint('number', name=op.f('uq_call_record_number'))
    )
    with op.batch_alter_table('call_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_call_record_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_record_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_record_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_record_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_record_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_record_ticket_id'), ['ticket_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_record_unit_id'), ['unit_id'], unique=False)

    op.create_table('ticket_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(length=8), nullable=False),
    sa.Column('level', sa.String(length=8), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('matter', sa.String(length=255), nullable=True),
    sa.Column('seed', sa.String(length=48), nullable=False),
    sa.Column('pool', sa.Integer(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(), nullable=False),
    sa.Column('drawn_by_id', sa.Integer(), nullable=True),
    sa.Column('checked_at', sa.DateTime(), nullable=True),
    sa.Column('checked_by_id', sa.Integer(), nullable=True),
    sa.Column('grade', sa.String(length=16), nullable=True),
    sa.Column('finding', sa.String(length=2000), nullable=True),
    sa.CheckConstraint('(checked_at IS NULL) = (grade IS NULL)', name=op.f('ck_ticket_check_checked_is_graded')),
    sa.CheckConstraint('ticket_id IS NOT NULL OR matter IS NOT NULL', name=op.f('ck_ticket_check_ticket_or_matter')),
    sa.ForeignKeyConstraint(['checked_by_id'], ['staff.id'], name=op.f('fk_ticket_check_checked_by_id_staff')),
    sa.ForeignKeyConstraint(['drawn_by_id'], ['staff.id'], name=op.f('fk_ticket_check_drawn_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_ticket_check_org_id_org_unit')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_check_ticket_id_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_check')),
    sa.UniqueConstraint('org_id', 'period', 'level', 'ticket_id', name=op.f('uq_ticket_check_org_id_period_level_ticket_id'))
    )
    with op.batch_alter_table('ticket_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_check_checked_by_id'), ['checked_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_check_drawn_by_id'), ['drawn_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_check_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_check_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('work_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('rework_of_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('trade', sa.String(length=16), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('place', sa.String(length=64), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('reporter', sa.String(length=64), nullable=False),
    sa.Column('reporter_department', sa.String(length=16), nullable=True),
    sa.Column('phone', sa.String(length=32), nullable=False),
    sa.Column('content', sa.String(length=2000), nullable=False),
    sa.Column('safety', sa.Boolean(), nullable=False),
    sa.Column('leak', sa.Boolean(), nullable=False),
    sa.Column('leak_tested_at', sa.DateTime(), nullable=True),
    sa.Column('recheck_passed', sa.Boolean(), nullable=True),
    sa.Column('accept_at', sa.DateTime(), nullable=True),
    sa.Column('reported_at', sa.DateTime(), nullable=False),
    sa.Column('appointment_at', sa.DateTime(), nullable=True),
    sa.Column('issued_by_id', sa.Integer(), nullable=True),
    sa.Column('issued_at', sa.DateTime(), nullable=True),
    sa.Column('technician_id', sa.Integer(), nullable=True),
    sa.Column('received_by_id', sa.Integer(), nullable=True),
    sa.Column('received_at', sa.DateTime(), nullable=True),
    sa.Column('at_door_at', sa.DateTime(), nullable=True),
    sa.Column('on_site_at', sa.DateTime(), nullable=True),
    sa.Column('started_at', sa.DateTime(), nullable=True),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.Column('result', sa.String(length=2000), nullable=True),
    sa.Column('no_material', sa.Boolean(), nullable=False),
    sa.Column('labour_fee', sa.BigInteger(), nullable=True),
    sa.Column('fee', sa.BigInteger(), nullable=True),
    sa.Column('signer', sa.String(length=64), nullable=True),
    sa.Column('signer_kind', sa.String(length=24), nullable=True),
    sa.Column('signer_adult', sa.Boolean(), nullable=False),
    sa.Column('signed_at', sa.DateTime(), nullable=True),
    sa.Column('proven_at', sa.DateTime(), nullable=True),
    sa.Column('refusals', sa.Integer(), nullable=False),
    sa.Column('copy1_at', sa.DateTime(), nullable=True),
    sa.Column('copy2_at', sa.DateTime(), nullable=True),
    sa.Column('copy3_at', sa.DateTime(), nullable=True),
    sa.Column('returned_to_duty_at', sa.DateTime(), nullable=True),
    sa.Column('archived_at', sa.DateTime(), nullable=True),
    sa.Column('late_reason', sa.String(length=255), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind <> 'public' OR place IS NOT NULL", name=op.f('ck_work_order_public_has_place')),
    sa.CheckConstraint("kind <> 'public' OR reporter_department IS NOT NULL", name=op.f('ck_work_order_public_has_department')),
    sa.CheckConstraint("kind = 'public' OR unit_id IS NOT NULL", name=op.f('ck_work_order_home_has_unit')),
    sa.CheckConstraint('fee IS NULL OR fee >= 0', name=op.f('ck_work_order_fee_not_negative')),
    sa.ForeignKeyConstraint(['issued_by_id'], ['staff.id'], name=op.f('fk_work_order_issued_by_id_staff')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_work_order_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_work_order_org_id_org_unit')),
    sa.ForeignKeyConstraint(['received_by_id'], ['staff.id'], name=op.f('fk_work_order_received_by_id_staff')),
    sa.ForeignKeyConstraint(['rework_of_id'], ['work_order.id'], name=op.f('fk_work_order_rework_of_id_work_order')),
    sa.ForeignKeyConstraint(['technician_id'], ['staff.id'], name=op.f('fk_work_order_technician_id_staff')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_work_order_ticket_id_ticket')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_work_order_unit_id_unit')),
    sa.ForeignKeyConstraint(['zone_id'], ['building.id'], name=op.f('fk_work_order_zone_id_building')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_order')),
    sa.UniqueConstraint('number', name=op.f('uq_work_order_number'))
    )
    with op.batch_alter_table('work_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_order_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_issued_at'), ['issued_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_issued_by_id'), ['issued_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_received_by_id'), ['received_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_rework_of_id'), ['rework_of_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_technician_id'), ['technician_id'], unique=False)
        batch_op.create_index('ix_work_order_technician_id_state', ['technician_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_ticket_id'), ['ticket_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_unit_id'), ['unit_id'], unique=False)
        batch_op.create_index('ix_work_order_unit_id_state', ['unit_id', 'state'], unique=False)
        batch_op.create_index('ix_work_order_org_id_state', ['org_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_zone_id'), ['zone_id'], unique=False)

    op.create_table('follow_up',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('customer', sa.String(length=64), nullable=False),
    sa.Column('phone', sa.String(length=32), nullable=True),
    sa.Column('proven_at', sa.DateTime(), nullable=False),
    sa.Column('earliest_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('overdue_at', sa.DateTime(), nullable=False),
    sa.Column('method', sa.String(length=16), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=True),
    sa.Column('visitor_id', sa.Integer(), nullable=True),
    sa.Column('quality', sa.String(length=2000), nullable=True),
    sa.Column('effect', sa.String(length=2000), nullable=True),
    sa.Column('satisfaction', sa.Integer(), nullable=True),
    sa.Column('defects', sa.String(length=2000), nullable=True),
    sa.Column('suggestion', sa.String(length=2000), nullable=True),
    sa.Column('on_request', sa.Boolean(), nullable=False),
    sa.Column('call_minute', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('satisfaction IS NULL OR satisfaction BETWEEN 1 AND 5', name=op.f('ck_follow_up_satisfaction')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_follow_up_made_by_id_staff')),
    sa.ForeignKeyConstraint(['order_id'], ['work_order.id'], name=op.f('fk_follow_up_order_id_work_order')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_follow_up_org_id_org_unit')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_follow_up_ticket_id_ticket')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_follow_up_unit_id_unit')),
    sa.ForeignKeyConstraint(['visitor_id'], ['staff.id'], name=op.f('fk_follow_up_visitor_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up')),
    sa.UniqueConstraint('number', name=op.f('uq_follow_up_number'))
    )
    with op.batch_alter_table('follow_up', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_follow_up_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_follow_up_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_follow_up_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_follow_up_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_follow_up_state'), ['state'], unique=False)
        batch_op.create_index('ix_follow_up_org_id_state', ['org_id', 'state'], unique=False)
        batch_op.create_index('ix_follow_up_state_due', ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_follow_up_ticket_id'), ['ticket_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_follow_up_unit_id'), ['unit_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_follow_up_visitor_id'), ['visitor_id'], unique=False)

    op.create_table('work_order_material',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('measure', sa.String(length=16), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('price', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_work_order_material_quantity_positive')),
    sa.ForeignKeyConstraint(['order_id'], ['work_order.id'], name=op.f('fk_work_order_material_order_id_work_order')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_work_order_material_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_order_material'))
    )
    with op.batch_alter_table('work_order_material', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_order_material_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_order_material_org_id'), ['org_id'], unique=False)
        batch_op.create_index('uq_work_order_material_order_id_line_no', ['order_id', 'line_no'], unique=True)
    for statement in closing(op.get_bind().dialect.name):
        op.execute(statement)
    for statement in indexing_ddl(op.get_bind().dialect.name, SEARCHED, PHONES):
        op.execute(statement)


def downgrade() -> None:
    for statement in unindexing_ddl(op.get_bind().dialect.name, SEARCHED, PHONES, last=True):
        op.execute(statement)
    for statement in opening(op.get_bind().dialect.name):
        op.execute(statement)
    with op.batch_alter_table('work_order_material', schema=None) as batch_op:
        batch_op.drop_index('uq_work_order_material_order_id_line_no')
        batch_op.drop_index(batch_op.f('ix_work_order_material_org_id'))
        batch_op.drop_index(batch_op.f('ix_work_order_material_order_id'))

    op.drop_table('work_order_material')
    with op.batch_alter_table('follow_up', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_follow_up_visitor_id'))
        batch_op.drop_index(batch_op.f('ix_follow_up_unit_id'))
        batch_op.drop_index(batch_op.f('ix_follow_up_ticket_id'))
        batch_op.drop_index('ix_follow_up_state_due')
        batch_op.drop_index('ix_follow_up_org_id_state')
        batch_op.drop_index(batch_op.f('ix_follow_up_state'))
        batch_op.drop_index(batch_op.f('ix_follow_up_org_id'))
        batch_op.drop_index(batch_op.f('ix_follow_up_order_id'))
        batch_op.drop_index(batch_op.f('ix_follow_up_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_follow_up_created_at'))

    op.drop_table('follow_up')
    with op.batch_alter_table('work_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_work_order_zone_id'))
        batch_op.drop_index('ix_work_order_org_id_state')
        batch_op.drop_index('ix_work_order_unit_id_state')
        batch_op.drop_index(batch_op.f('ix_work_order_unit_id'))
        batch_op.drop_index(batch_op.f('ix_work_order_ticket_id'))
        batch_op.drop_index('ix_work_order_technician_id_state')
        batch_op.drop_index(batch_op.f('ix_work_order_technician_id'))
        batch_op.drop_index(batch_op.f('ix_work_order_state'))
        batch_op.drop_index(batch_op.f('ix_work_order_rework_of_id'))
        batch_op.drop_index(batch_op.f('ix_work_order_received_by_id'))
        batch_op.drop_index(batch_op.f('ix_work_order_org_id'))
        batch_op.drop_index(batch_op.f('ix_work_order_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_work_order_kind'))
        batch_op.drop_index(batch_op.f('ix_work_order_issued_by_id'))
        batch_op.drop_index(batch_op.f('ix_work_order_issued_at'))
        batch_op.drop_index(batch_op.f('ix_work_order_created_at'))

    op.drop_table('work_order')
    with op.batch_alter_table('ticket_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ticket_check_ticket_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_check_org_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_check_drawn_by_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_check_checked_by_id'))

    op.drop_table('ticket_check')
    with op.batch_alter_table('call_record', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_call_record_unit_id'))
        batch_op.drop_index(batch_op.f('ix_call_record_ticket_id'))
        batch_op.drop_index(batch_op.f('ix_call_record_state'))
        batch_op.drop_index(batch_op.f('ix_call_record_org_id'))
        batch_op.drop_index(batch_op.f('ix_call_record_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_call_record_created_at'))
        batch_op.drop_index(batch_op.f('ix_call_record_at'))

    op.drop_table('call_record')
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_org_id_state')
        batch_op.drop_index('ix_ticket_unit_id_state')
        batch_op.drop_index(batch_op.f('ix_ticket_unit_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_state'))
        batch_op.drop_index(batch_op.f('ix_ticket_resident_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_received_at'))
        batch_op.drop_index(batch_op.f('ix_ticket_org_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_kind'))
        batch_op.drop_index(batch_op.f('ix_ticket_handler_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_first_contact_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_duplicate_of_id'))
        batch_op.drop_index(batch_op.f('ix_ticket_created_at'))
        batch_op.drop_index(batch_op.f('ix_ticket_arises_from_id'))

    op.drop_table('ticket')
    with op.batch_alter_table('occupancy', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_occupancy_unit_id'))
        batch_op.drop_index(batch_op.f('ix_occupancy_resident_id'))
        batch_op.drop_index(batch_op.f('ix_occupancy_org_id'))

    op.drop_table('occupancy')
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unit_room_no'))
        batch_op.drop_index(batch_op.f('ix_unit_org_id'))
        batch_op.drop_index(batch_op.f('ix_unit_code'))
        batch_op.drop_index(batch_op.f('ix_unit_building_id'))

    op.drop_table('unit')
    with op.batch_alter_table('attachment_void', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attachment_void_org_id'))
        batch_op.drop_index(batch_op.f('ix_attachment_void_by_id'))

    op.drop_table('attachment_void')
    with op.batch_alter_table('signature', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signature_staff_id'))
        batch_op.drop_index(batch_op.f('ix_signature_org_id'))
        batch_op.drop_index('ix_signature_noun_row_id')
        batch_op.drop_index(batch_op.f('ix_signature_attachment_id'))

    op.drop_table('signature')
    op.drop_table('print_content')
    with op.batch_alter_table('meeting_action', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_action_owner_id'))
        batch_op.drop_index(batch_op.f('ix_meeting_action_org_id'))
        batch_op.drop_index(batch_op.f('ix_meeting_action_meeting_id'))

    op.drop_table('meeting_action')
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.drop_index('ix_import_row_run_id_verdict_number')
        batch_op.drop_index('ix_import_row_run_id_outcome_number')
        batch_op.drop_index(batch_op.f('ix_import_row_run_id'))

    op.drop_table('import_row')
    with op.batch_alter_table('upward_report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_upward_report_to_id'))
        batch_op.drop_index(batch_op.f('ix_upward_report_state'))
        batch_op.drop_index(batch_op.f('ix_upward_report_org_id'))
        batch_op.drop_index('ix_upward_report_noun_row_id')
        batch_op.drop_index(batch_op.f('ix_upward_report_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_upward_report_created_at'))
        batch_op.drop_index(batch_op.f('ix_upward_report_at'))

    op.drop_table('upward_report')
    with op.batch_alter_table('saved_view', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_saved_view_staff_id'))
        batch_op.drop_index(batch_op.f('ix_saved_view_org_id'))
        batch_op.drop_index(batch_op.f('ix_saved_view_noun'))

    op.drop_table('saved_view')
    with op.batch_alter_table('rung', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rung_obligation_id'))
        batch_op.drop_index(batch_op.f('ix_rung_clock_id'))

    op.drop_table('rung')
    with op.batch_alter_table('resident_phone', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_resident_phone_reversed'))
        batch_op.drop_index(batch_op.f('ix_resident_phone_resident_id'))
        batch_op.drop_index(batch_op.f('ix_resident_phone_org_id'))
        batch_op.drop_index(batch_op.f('ix_resident_phone_number'))

    op.drop_table('resident_phone')
    with op.batch_alter_table('record_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_record_note_org_id'))
        batch_op.drop_index('ix_record_note_noun_row_id')
        batch_op.drop_index(batch_op.f('ix_record_note_by_id'))

    op.drop_table('record_note')
    with op.batch_alter_table('print_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_print_run_org_id'))
        batch_op.drop_index('ix_print_run_noun_row_id')
        batch_op.drop_index(batch_op.f('ix_print_run_form'))
        batch_op.drop_index(batch_op.f('ix_print_run_by_id'))
        batch_op.drop_index(batch_op.f('ix_print_run_batch_id'))
        batch_op.drop_index(batch_op.f('ix_print_run_at'))

    op.drop_table('print_run')
    with op.batch_alter_table('policy_value', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_policy_value_org_id'))
        batch_op.drop_index(batch_op.f('ix_policy_value_made_by_id'))
        batch_op.drop_index('ix_policy_value_lookup')
        batch_op.drop_index(batch_op.f('ix_policy_value_key'))

    op.drop_table('policy_value')
    with op.batch_alter_table('paper_copy', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_paper_copy_state'))
        batch_op.drop_index(batch_op.f('ix_paper_copy_received_by_id'))
        batch_op.drop_index(batch_op.f('ix_paper_copy_out_at'))
        batch_op.drop_index(batch_op.f('ix_paper_copy_org_id'))
        batch_op.drop_index(batch_op.f('ix_paper_copy_number'))
        batch_op.drop_index('ix_paper_copy_noun_row_id')
        batch_op.drop_index(batch_op.f('ix_paper_copy_holder_id'))

    op.drop_table('paper_copy')
    with op.batch_alter_table('meeting', schema=None) as batch_op:
        batch_op.drop_index('uq_meeting_org_id_kind_period', sqlite_where=sa.text("state <> 'void'"), postgresql_where=sa.text("state <> 'void'"))
        batch_op.drop_index(batch_op.f('ix_meeting_state'))
        batch_op.drop_index(batch_op.f('ix_meeting_org_id'))
        batch_op.drop_index(batch_op.f('ix_meeting_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_meeting_created_at'))
        batch_op.drop_index(batch_op.f('ix_meeting_chair_id'))

    op.drop_table('meeting')
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_login_session_staff_id'))
        batch_op.drop_index(batch_op.f('ix_login_session_project_id'))

    op.drop_table('login_session')
    with op.batch_alter_table('leave', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leave_staff_id'))
        batch_op.drop_index(batch_op.f('ix_leave_org_id'))

    op.drop_table('leave')
    with op.batch_alter_table('knowledge_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_knowledge_entry_title'))
        batch_op.drop_index('ix_knowledge_entry_state_review_on')
        batch_op.drop_index(batch_op.f('ix_knowledge_entry_state'))
        batch_op.drop_index(batch_op.f('ix_knowledge_entry_reviewed_by_id'))
        batch_op.drop_index(batch_op.f('ix_knowledge_entry_org_id'))
        batch_op.drop_index(batch_op.f('ix_knowledge_entry_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_knowledge_entry_created_at'))
        batch_op.drop_index(batch_op.f('ix_knowledge_entry_author_id'))

    op.drop_table('knowledge_entry')
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_incident_staff_id'))
        batch_op.drop_index(batch_op.f('ix_incident_org_id'))
        batch_op.drop_index('ix_incident_noun_row_id')
        batch_op.drop_index(batch_op.f('ix_incident_at'))

    op.drop_table('incident')
    with op.batch_alter_table('import_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_run_state'))
        batch_op.drop_index(batch_op.f('ix_import_run_sha256'))
        batch_op.drop_index(batch_op.f('ix_import_run_register'))
        batch_op.drop_index(batch_op.f('ix_import_run_org_id'))
        batch_op.drop_index(batch_op.f('ix_import_run_created_at'))
        batch_op.drop_index(batch_op.f('ix_import_run_confirmed_by_id'))
        batch_op.drop_index(batch_op.f('ix_import_run_by_id'))

    op.drop_table('import_run')
    with op.batch_alter_table('export_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_export_run_org_id'))
        batch_op.drop_index(batch_op.f('ix_export_run_noun'))
        batch_op.drop_index(batch_op.f('ix_export_run_by_id'))
        batch_op.drop_index(batch_op.f('ix_export_run_at'))

    op.drop_table('export_run')
    with op.batch_alter_table('duty_task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_duty_task_state'))
        batch_op.drop_index(batch_op.f('ix_duty_task_org_id'))
        batch_op.drop_index(batch_op.f('ix_duty_task_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_duty_task_due_at'))
        batch_op.drop_index(batch_op.f('ix_duty_task_created_at'))
        batch_op.drop_index('ix_duty_task_assignee_id_state')
        batch_op.drop_index(batch_op.f('ix_duty_task_assignee_id'))

    op.drop_table('duty_task')
    with op.batch_alter_table('change_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_change_request_state'))
        batch_op.drop_index(batch_op.f('ix_change_request_org_id'))
        batch_op.drop_index(batch_op.f('ix_change_request_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_change_request_created_at'))

    op.drop_table('change_request')
    with op.batch_alter_table('building', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_building_steward_id'))
        batch_op.drop_index(batch_op.f('ix_building_org_id'))
        batch_op.drop_index(batch_op.f('ix_building_engineer_id'))

    op.drop_table('building')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attachment_sha256'))
        batch_op.drop_index(batch_op.f('ix_attachment_org_id'))
        batch_op.drop_index('ix_attachment_noun_row_id')
        batch_op.drop_index(batch_op.f('ix_attachment_by_id'))

    op.drop_table('attachment')
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_appointment_staff_id'))
        batch_op.drop_index(batch_op.f('ix_appointment_post'))
        batch_op.drop_index(batch_op.f('ix_appointment_org_id'))
        batch_op.drop_index(batch_op.f('ix_appointment_delegated_by_id'))
        batch_op.drop_index('ix_appointment_current')

    op.drop_table('appointment')
    with op.batch_alter_table('alert', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_alert_staff_id'))
        batch_op.drop_index(batch_op.f('ix_alert_org_id'))
        batch_op.drop_index('ix_alert_open')
        batch_op.drop_index('ix_alert_noun_row_id')

    op.drop_table('alert')
    with op.batch_alter_table('work_day', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_work_day_org_id'))
        batch_op.drop_index(batch_op.f('ix_work_day_day'))

    op.drop_table('work_day')
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_staff_org_id'))
        batch_op.drop_index(batch_op.f('ix_staff_name'))
        batch_op.drop_index(batch_op.f('ix_staff_initials'))

    op.drop_table('staff')
    with op.batch_alter_table('resident', schema=None) as batch_op:
        batch_op.drop_index('uq_resident_org_id_id_no_print')
        batch_op.drop_index('ix_resident_org_id_name_id')
        batch_op.drop_index('ix_resident_org_id_id_no_print')
        batch_op.drop_index(batch_op.f('ix_resident_org_id'))
        batch_op.drop_index(batch_op.f('ix_resident_name'))
        batch_op.drop_index(batch_op.f('ix_resident_merged_into_id'))
        batch_op.drop_index(batch_op.f('ix_resident_initials'))

    op.drop_table('resident')
    with op.batch_alter_table('post_name', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_name_post'))
        batch_op.drop_index(batch_op.f('ix_post_name_org_id'))

    op.drop_table('post_name')
    with op.batch_alter_table('obligation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_obligation_org_id'))
        batch_op.drop_index('ix_obligation_open')
        batch_op.drop_index(batch_op.f('ix_obligation_next_rung_at'))
        batch_op.drop_index(batch_op.f('ix_obligation_duty'))

    op.drop_table('obligation')
    with op.batch_alter_table('clock', schema=None) as batch_op:
        batch_op.drop_index('ix_clock_waiting')
        batch_op.drop_index('ix_clock_org_id_due')
        batch_op.drop_index(batch_op.f('ix_clock_org_id'))
        batch_op.drop_index(batch_op.f('ix_clock_deadline'))

    op.drop_table('clock')
    with op.batch_alter_table('trail_seal', schema=None) as batch_op:
        batch_op.drop_index('uq_trail_seal_chain_id_first_seq')

    op.drop_table('trail_seal')
    op.drop_table('trail_head')
    with op.batch_alter_table('trail_entry', schema=None) as batch_op:
        batch_op.drop_index('uq_trail_entry_chain_id_seq')
        batch_op.drop_index('ix_trail_entry_noun_row_id')
        batch_op.drop_index(batch_op.f('ix_trail_entry_at'))
        batch_op.drop_index(batch_op.f('ix_trail_entry_actor_id'))

    op.drop_table('trail_entry')
    op.drop_table('series_counter')
    with op.batch_alter_table('org_unit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_org_unit_serves_id'))
        batch_op.drop_index(batch_op.f('ix_org_unit_path'))
        batch_op.drop_index(batch_op.f('ix_org_unit_parent_id'))

    op.drop_table('org_unit')
    op.drop_table('login_throttle')
    with op.batch_alter_table('form_token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_form_token_used_at'))

    op.drop_table('form_token')
