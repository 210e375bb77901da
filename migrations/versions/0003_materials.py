"""materials

Revision ID: 0003
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op


revision = '0003_materials'
down_revision = '0002_keys'
branch_labels = None
depends_on = None

# Written out, not asked of the models: this migration says the same whatever the models become.
CLOSED = {  # append-only table: its unique keys
    "stock_entry": ["id", "reverses_id", "stock_in_id turn line_no", "stock_out_id turn line_no"],
}


def closing(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [statement for name, keys in CLOSED.items() for statement in closing_on_sqlite(name, keys)]
    made = []
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
    return [f"DROP TRIGGER IF EXISTS {n}_{what} ON {n}" for n in CLOSED for what in ("no_change", "no_truncate")]


def upgrade() -> None:
    op.create_table('stock_month',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('closed_by_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['closed_by_id'], ['staff.id'], name=op.f('fk_stock_month_closed_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stock_month_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_month')),
    sa.UniqueConstraint('org_id', 'month', name=op.f('uq_stock_month_org_id_month'))
    )
    with op.batch_alter_table('stock_month', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_month_closed_by_id'), ['closed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_month_month'), ['month'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_month_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_month_state'), ['state'], unique=False)

    op.create_table('warehouse',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('wh_no', sa.String(length=8), nullable=False),
    sa.Column('level', sa.String(length=8), nullable=False),
    sa.Column('quality', sa.String(length=8), nullable=False),
    sa.Column('keeper_id', sa.Integer(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.ForeignKeyConstraint(['keeper_id'], ['staff.id'], name=op.f('fk_warehouse_keeper_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_warehouse_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warehouse')),
    sa.UniqueConstraint('org_id', 'name', name=op.f('uq_warehouse_org_id_name'))
    )
    with op.batch_alter_table('warehouse', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_warehouse_keeper_id'), ['keeper_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_warehouse_org_id'), ['org_id'], unique=False)
        batch_op.create_index('uq_warehouse_site_quality', ['org_id', 'quality'], unique=True, sqlite_where=sa.text("level = 'site' AND active"), postgresql_where=sa.text("level = 'site' AND active"))

    op.create_table('material',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('initials', sa.String(length=64), nullable=False),
    sa.Column('spec', sa.String(length=64), nullable=False),
    sa.Column('model', sa.String(length=64), nullable=False),
    sa.Column('measure', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('repair_class', sa.String(length=8), nullable=False),
    sa.Column('abc', sa.String(length=1), nullable=True),
    sa.Column('hazard', sa.String(length=16), nullable=False),
    sa.Column('shelf_life_days', sa.Integer(), nullable=True),
    sa.Column('upkeep_days', sa.Integer(), nullable=True),
    sa.Column('reserve_quota', sa.BigInteger(), nullable=True),
    sa.Column('maker', sa.String(length=255), nullable=True),
    sa.Column('warranty_until', sa.Date(), nullable=True),
    sa.Column('on_spare_list', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('photo_far_id', sa.Integer(), nullable=True),
    sa.Column('photo_near_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('reserve_quota IS NULL OR reserve_quota >= 0', name=op.f('ck_material_reserve')),
    sa.CheckConstraint('shelf_life_days IS NULL OR shelf_life_days > 0', name=op.f('ck_material_shelf_life')),
    sa.CheckConstraint('upkeep_days IS NULL OR upkeep_days > 0', name=op.f('ck_material_upkeep')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_material_org_id_org_unit')),
    sa.ForeignKeyConstraint(['photo_far_id'], ['attachment.id'], name=op.f('fk_material_photo_far_id_attachment')),
    sa.ForeignKeyConstraint(['photo_near_id'], ['attachment.id'], name=op.f('fk_material_photo_near_id_attachment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material')),
    sa.UniqueConstraint('code', name=op.f('uq_material_code'))
    )
    with op.batch_alter_table('material', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_material_initials'), ['initials'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_kind'), ['kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_photo_far_id'), ['photo_far_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_material_photo_near_id'), ['photo_near_id'], unique=False)

    op.create_table('stocktake',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('mode', sa.String(length=16), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=True),
    sa.Column('snapshot_at', sa.DateTime(), nullable=True),
    sa.Column('after_entry', sa.Integer(), nullable=True),
    sa.Column('first_by_id', sa.Integer(), nullable=True),
    sa.Column('second_by_id', sa.Integer(), nullable=True),
    sa.Column('witness_id', sa.Integer(), nullable=True),
    sa.Column('reported_at', sa.DateTime(), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(), nullable=True),
    sa.Column('judgement', sa.String(length=255), nullable=True),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['approved_by_id'], ['staff.id'], name=op.f('fk_stocktake_approved_by_id_staff')),
    sa.ForeignKeyConstraint(['first_by_id'], ['staff.id'], name=op.f('fk_stocktake_first_by_id_staff')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_stocktake_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stocktake_org_id_org_unit')),
    sa.ForeignKeyConstraint(['second_by_id'], ['staff.id'], name=op.f('fk_stocktake_second_by_id_staff')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_stocktake_warehouse_id_warehouse')),
    sa.ForeignKeyConstraint(['witness_id'], ['staff.id'], name=op.f('fk_stocktake_witness_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stocktake')),
    sa.UniqueConstraint('number', name=op.f('uq_stocktake_number'))
    )
    with op.batch_alter_table('stocktake', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stocktake_approved_by_id'), ['approved_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_first_by_id'), ['first_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_reported_at'), ['reported_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_second_by_id'), ['second_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_warehouse_id'), ['warehouse_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_witness_id'), ['witness_id'], unique=False)

    op.create_table('transfer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('out_warehouse_id', sa.Integer(), nullable=False),
    sa.Column('in_warehouse_id', sa.Integer(), nullable=False),
    sa.Column('out_category', sa.String(length=16), nullable=False),
    sa.Column('in_category', sa.String(length=16), nullable=False),
    sa.Column('crosses', sa.Boolean(), nullable=False),
    sa.Column('basis', sa.String(length=16), nullable=False),
    sa.Column('memo_ref', sa.String(length=64), nullable=True),
    sa.Column('returned_on', sa.Date(), nullable=True),
    sa.Column('agreed_by_id', sa.Integer(), nullable=True),
    sa.Column('agreed_at', sa.DateTime(), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(), nullable=True),
    sa.Column('shipped_at', sa.DateTime(), nullable=True),
    sa.Column('arrived_at', sa.DateTime(), nullable=True),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('packing', sa.String(length=255), nullable=True),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('lines_print', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('out_warehouse_id <> in_warehouse_id', name=op.f('ck_transfer_two_stores')),
    sa.ForeignKeyConstraint(['agreed_by_id'], ['staff.id'], name=op.f('fk_transfer_agreed_by_id_staff')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['staff.id'], name=op.f('fk_transfer_approved_by_id_staff')),
    sa.ForeignKeyConstraint(['in_warehouse_id'], ['warehouse.id'], name=op.f('fk_transfer_in_warehouse_id_warehouse')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_transfer_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_transfer_org_id_org_unit')),
    sa.ForeignKeyConstraint(['out_warehouse_id'], ['warehouse.id'], name=op.f('fk_transfer_out_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer')),
    sa.UniqueConstraint('number', name=op.f('uq_transfer_number'))
    )
    with op.batch_alter_table('transfer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transfer_agreed_by_id'), ['agreed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_approved_by_id'), ['approved_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_day'), ['day'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_in_warehouse_id'), ['in_warehouse_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_out_warehouse_id'), ['out_warehouse_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_state'), ['state'], unique=False)

    op.create_table('month_balance',
    sa.Column('month_id', sa.Integer(), nullable=False),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('qty', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_month_balance_material_id_material')),
    sa.ForeignKeyConstraint(['month_id'], ['stock_month.id'], name=op.f('fk_month_balance_month_id_stock_month')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_month_balance_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('month_id', 'warehouse_id', 'material_id', name=op.f('pk_month_balance'))
    )
    with op.batch_alter_table('month_balance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_month_balance_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_month_balance_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('new_code_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('spec', sa.String(length=64), nullable=False),
    sa.Column('model', sa.String(length=64), nullable=False),
    sa.Column('measure', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('repair_class', sa.String(length=8), nullable=False),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('material_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_new_code_request_made_by_id_staff')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_new_code_request_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_new_code_request_org_id_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_new_code_request')),
    sa.UniqueConstraint('number', name=op.f('uq_new_code_request_number'))
    )
    with op.batch_alter_table('new_code_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_new_code_request_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_new_code_request_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_new_code_request_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_new_code_request_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_new_code_request_state'), ['state'], unique=False)

    op.create_table('stock_balance',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('qty', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('qty >= 0', name=op.f('ck_stock_balance_not_negative')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_stock_balance_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stock_balance_org_id_org_unit')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_stock_balance_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_balance')),
    sa.UniqueConstraint('warehouse_id', 'material_id', name=op.f('uq_stock_balance_warehouse_id_material_id'))
    )
    with op.batch_alter_table('stock_balance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_balance_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_balance_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_balance_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('stocktake_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('stocktake_id', sa.Integer(), nullable=False),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('book_qty', sa.BigInteger(), nullable=False),
    sa.Column('first_qty', sa.BigInteger(), nullable=True),
    sa.Column('second_qty', sa.BigInteger(), nullable=True),
    sa.Column('counted_at', sa.DateTime(), nullable=True),
    sa.Column('moved', sa.BigInteger(), nullable=False),
    sa.Column('diff', sa.BigInteger(), nullable=True),
    sa.Column('condition', sa.String(length=16), nullable=True),
    sa.Column('reason', sa.String(length=255), nullable=True),
    sa.Column('liable', sa.String(length=64), nullable=True),
    sa.Column('proposal', sa.String(length=255), nullable=True),
    sa.CheckConstraint('first_qty IS NULL OR first_qty >= 0', name=op.f('ck_stocktake_line_first_not_negative')),
    sa.CheckConstraint('second_qty IS NULL OR second_qty >= 0', name=op.f('ck_stocktake_line_second_not_negative')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_stocktake_line_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stocktake_line_org_id_org_unit')),
    sa.ForeignKeyConstraint(['stocktake_id'], ['stocktake.id'], name=op.f('fk_stocktake_line_stocktake_id_stocktake')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stocktake_line'))
    )
    with op.batch_alter_table('stocktake_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stocktake_line_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_line_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stocktake_line_stocktake_id'), ['stocktake_id'], unique=False)
        batch_op.create_index('uq_stocktake_line_stocktake_id_material_id', ['stocktake_id', 'material_id'], unique=True)

    op.create_table('storage_bin',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('rack_no', sa.String(length=8), nullable=False),
    sa.Column('level_no', sa.String(length=8), nullable=False),
    sa.Column('slot_no', sa.String(length=8), nullable=False),
    sa.Column('zone', sa.String(length=8), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_storage_bin_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_storage_bin_org_id_org_unit')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_storage_bin_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_storage_bin')),
    sa.UniqueConstraint('warehouse_id', 'rack_no', 'level_no', 'slot_no', name=op.f('uq_storage_bin_warehouse_id_rack_no_level_no_slot_no'))
    )
    with op.batch_alter_table('storage_bin', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_storage_bin_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_storage_bin_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_storage_bin_warehouse_id'), ['warehouse_id'], unique=False)
        batch_op.create_index('ix_storage_bin_warehouse_id_material_id', ['warehouse_id', 'material_id'], unique=False)

    op.create_table('transfer_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slip_id', sa.Integer(), nullable=False),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('qty', sa.BigInteger(), nullable=False),
    sa.Column('batch', sa.String(length=32), nullable=True),
    sa.Column('produced_on', sa.Date(), nullable=True),
    sa.Column('asset_no', sa.String(length=32), nullable=True),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('qty > 0', name=op.f('ck_transfer_line_above_nothing')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_transfer_line_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_transfer_line_org_id_org_unit')),
    sa.ForeignKeyConstraint(['slip_id'], ['transfer.id'], name=op.f('fk_transfer_line_slip_id_transfer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer_line'))
    )
    with op.batch_alter_table('transfer_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transfer_line_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_line_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_line_slip_id'), ['slip_id'], unique=False)
        batch_op.create_index('uq_transfer_line_slip_id_line_no', ['slip_id', 'line_no'], unique=True)

    op.create_table('stock_out',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('category', sa.String(length=16), nullable=False),
    sa.Column('taker', sa.String(length=64), nullable=True),
    sa.Column('purpose', sa.String(length=255), nullable=True),
    sa.Column('work_order_id', sa.Integer(), nullable=True),
    sa.Column('beyond_repair', sa.Boolean(), nullable=False),
    sa.Column('four_steps', sa.Boolean(), nullable=False),
    sa.Column('returns_id', sa.Integer(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('colour', sa.String(length=8), nullable=False),
    sa.Column('happened_at', sa.DateTime(), nullable=True),
    sa.Column('scene', sa.String(length=16), nullable=True),
    sa.Column('party', sa.String(length=16), nullable=True),
    sa.Column('party_name', sa.String(length=64), nullable=True),
    sa.Column('approval_ref', sa.String(length=64), nullable=True),
    sa.Column('reason', sa.String(length=255), nullable=True),
    sa.Column('liable', sa.String(length=64), nullable=True),
    sa.Column('packing', sa.String(length=255), nullable=True),
    sa.Column('objection', sa.String(length=255), nullable=True),
    sa.Column('answer', sa.String(length=255), nullable=True),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('approved_at', sa.DateTime(), nullable=True),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('lines_print', sa.String(length=32), nullable=False),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('transfer_id', sa.Integer(), nullable=True),
    sa.Column('stocktake_id', sa.Integer(), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['approved_by_id'], ['staff.id'], name=op.f('fk_stock_out_approved_by_id_staff')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_stock_out_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stock_out_org_id_org_unit')),
    sa.ForeignKeyConstraint(['returns_id'], ['stock_out.id'], name=op.f('fk_stock_out_returns_id_stock_out')),
    sa.ForeignKeyConstraint(['stocktake_id'], ['stocktake.id'], name=op.f('fk_stock_out_stocktake_id_stocktake')),
    sa.ForeignKeyConstraint(['transfer_id'], ['transfer.id'], name=op.f('fk_stock_out_transfer_id_transfer')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_stock_out_warehouse_id_warehouse')),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_order.id'], name=op.f('fk_stock_out_work_order_id_work_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_out')),
    sa.UniqueConstraint('number', name=op.f('uq_stock_out_number'))
    )
    with op.batch_alter_table('stock_out', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_out_approved_at'), ['approved_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_approved_by_id'), ['approved_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_category'), ['category'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_day'), ['day'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_returns_id'), ['returns_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_stocktake_id'), ['stocktake_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_transfer_id'), ['transfer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_warehouse_id'), ['warehouse_id'], unique=False)
        batch_op.create_index('ix_stock_out_warehouse_id_day', ['warehouse_id', 'day'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_work_order_id'), ['work_order_id'], unique=False)

    op.create_table('stock_in',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('category', sa.String(length=16), nullable=False),
    sa.Column('supplier', sa.String(length=64), nullable=True),
    sa.Column('spoiled', sa.Boolean(), nullable=False),
    sa.Column('returns_id', sa.Integer(), nullable=True),
    sa.Column('proposed_by_id', sa.Integer(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('colour', sa.String(length=8), nullable=False),
    sa.Column('happened_at', sa.DateTime(), nullable=True),
    sa.Column('scene', sa.String(length=16), nullable=True),
    sa.Column('party', sa.String(length=16), nullable=True),
    sa.Column('party_name', sa.String(length=64), nullable=True),
    sa.Column('approval_ref', sa.String(length=64), nullable=True),
    sa.Column('reason', sa.String(length=255), nullable=True),
    sa.Column('liable', sa.String(length=64), nullable=True),
    sa.Column('packing', sa.String(length=255), nullable=True),
    sa.Column('objection', sa.String(length=255), nullable=True),
    sa.Column('answer', sa.String(length=255), nullable=True),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('approved_at', sa.DateTime(), nullable=True),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('lines_print', sa.String(length=32), nullable=False),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('transfer_id', sa.Integer(), nullable=True),
    sa.Column('stocktake_id', sa.Integer(), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['approved_by_id'], ['staff.id'], name=op.f('fk_stock_in_approved_by_id_staff')),
    sa.ForeignKeyConstraint(['made_by_id'], ['staff.id'], name=op.f('fk_stock_in_made_by_id_staff')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stock_in_org_id_org_unit')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['stock_out.id'], name=op.f('fk_stock_in_proposed_by_id_stock_out')),
    sa.ForeignKeyConstraint(['returns_id'], ['stock_in.id'], name=op.f('fk_stock_in_returns_id_stock_in')),
    sa.ForeignKeyConstraint(['stocktake_id'], ['stocktake.id'], name=op.f('fk_stock_in_stocktake_id_stocktake')),
    sa.ForeignKeyConstraint(['transfer_id'], ['transfer.id'], name=op.f('fk_stock_in_transfer_id_transfer')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_stock_in_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_in')),
    sa.UniqueConstraint('number', name=op.f('uq_stock_in_number'))
    )
    with op.batch_alter_table('stock_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_in_approved_at'), ['approved_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_approved_by_id'), ['approved_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_category'), ['category'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_day'), ['day'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_proposed_by_id'), ['proposed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_returns_id'), ['returns_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_stocktake_id'), ['stocktake_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_transfer_id'), ['transfer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_warehouse_id'), ['warehouse_id'], unique=False)
        batch_op.create_index('ix_stock_in_warehouse_id_day', ['warehouse_id', 'day'], unique=False)

    op.create_table('stock_out_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slip_id', sa.Integer(), nullable=False),
    sa.Column('use_kind', sa.String(length=16), nullable=True),
    sa.Column('old_part_no', sa.String(length=32), nullable=True),
    sa.Column('new_part_no', sa.String(length=32), nullable=True),
    sa.Column('batch_reason', sa.String(length=255), nullable=True),
    sa.Column('returns_id', sa.Integer(), nullable=True),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('qty', sa.BigInteger(), nullable=False),
    sa.Column('batch', sa.String(length=32), nullable=True),
    sa.Column('produced_on', sa.Date(), nullable=True),
    sa.Column('asset_no', sa.String(length=32), nullable=True),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('qty <> 0', name=op.f('ck_stock_out_line_not_nothing')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_stock_out_line_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stock_out_line_org_id_org_unit')),
    sa.ForeignKeyConstraint(['returns_id'], ['stock_out_line.id'], name=op.f('fk_stock_out_line_returns_id_stock_out_line')),
    sa.ForeignKeyConstraint(['slip_id'], ['stock_out.id'], name=op.f('fk_stock_out_line_slip_id_stock_out')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_out_line'))
    )
    with op.batch_alter_table('stock_out_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_out_line_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_line_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_line_returns_id'), ['returns_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_out_line_slip_id'), ['slip_id'], unique=False)
        batch_op.create_index('uq_stock_out_line_slip_id_line_no', ['slip_id', 'line_no'], unique=True)

    op.create_table('stock_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('moved_at', sa.DateTime(), nullable=False),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(length=4), nullable=False),
    sa.Column('category', sa.String(length=16), nullable=False),
    sa.Column('qty', sa.BigInteger(), nullable=False),
    sa.Column('delta', sa.BigInteger(), nullable=False),
    sa.Column('qty_after', sa.BigInteger(), nullable=False),
    sa.Column('batch', sa.String(length=32), nullable=True),
    sa.Column('produced_on', sa.Date(), nullable=True),
    sa.Column('stock_in_id', sa.Integer(), nullable=True),
    sa.Column('stock_out_id', sa.Integer(), nullable=True),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=64), nullable=True),
    sa.CheckConstraint("(stock_in_id IS NOT NULL) = (side = 'in')", name=op.f('ck_stock_entry_side_of_paper')),
    sa.CheckConstraint("delta = CASE WHEN side = 'in' THEN qty ELSE -qty END", name=op.f('ck_stock_entry_delta_is_signed')),
    sa.CheckConstraint('(stock_in_id IS NULL) <> (stock_out_id IS NULL)', name=op.f('ck_stock_entry_one_paper')),
    sa.CheckConstraint('qty <> 0', name=op.f('ck_stock_entry_not_nothing')),
    sa.CheckConstraint('qty_after >= 0', name=op.f('ck_stock_entry_after_not_negative')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_stock_entry_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stock_entry_org_id_org_unit')),
    sa.ForeignKeyConstraint(['reverses_id'], ['stock_entry.id'], name=op.f('fk_stock_entry_reverses_id_stock_entry')),
    sa.ForeignKeyConstraint(['stock_in_id'], ['stock_in.id'], name=op.f('fk_stock_entry_stock_in_id_stock_in')),
    sa.ForeignKeyConstraint(['stock_out_id'], ['stock_out.id'], name=op.f('fk_stock_entry_stock_out_id_stock_out')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_stock_entry_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_entry')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_stock_entry_reverses_id')),
    sa.UniqueConstraint('stock_in_id', 'turn', 'line_no', name=op.f('uq_stock_entry_stock_in_id_turn_line_no')),
    sa.UniqueConstraint('stock_out_id', 'turn', 'line_no', name=op.f('uq_stock_entry_stock_out_id_turn_line_no'))
    )
    with op.batch_alter_table('stock_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_entry_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_entry_org_id'), ['org_id'], unique=False)
        batch_op.create_index('ix_stock_entry_warehouse_id_day', ['warehouse_id', 'day'], unique=False)
        batch_op.create_index('ix_stock_entry_warehouse_id_material_id_id', ['warehouse_id', 'material_id', 'id'], unique=False)

    op.create_table('stock_in_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slip_id', sa.Integer(), nullable=False),
    sa.Column('returns_id', sa.Integer(), nullable=True),
    sa.Column('line_no', sa.Integer(), nullable=False),
    sa.Column('qty', sa.BigInteger(), nullable=False),
    sa.Column('batch', sa.String(length=32), nullable=True),
    sa.Column('produced_on', sa.Date(), nullable=True),
    sa.Column('asset_no', sa.String(length=32), nullable=True),
    sa.Column('remark', sa.String(length=255), nullable=True),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('material_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('qty <> 0', name=op.f('ck_stock_in_line_not_nothing')),
    sa.ForeignKeyConstraint(['material_id'], ['material.id'], name=op.f('fk_stock_in_line_material_id_material')),
    sa.ForeignKeyConstraint(['org_id'], ['org_unit.id'], name=op.f('fk_stock_in_line_org_id_org_unit')),
    sa.ForeignKeyConstraint(['returns_id'], ['stock_in_line.id'], name=op.f('fk_stock_in_line_returns_id_stock_in_line')),
    sa.ForeignKeyConstraint(['slip_id'], ['stock_in.id'], name=op.f('fk_stock_in_line_slip_id_stock_in')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_in_line'))
    )
    with op.batch_alter_table('stock_in_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_in_line_material_id'), ['material_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_line_org_id'), ['org_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_line_returns_id'), ['returns_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_in_line_slip_id'), ['slip_id'], unique=False)
        batch_op.create_index('uq_stock_in_line_slip_id_line_no', ['slip_id', 'line_no'], unique=True)

    for statement in closing(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for statement in opening(op.get_bind().dialect.name):
        op.execute(statement)
    with op.batch_alter_table('stock_in_line', schema=None) as batch_op:
        batch_op.drop_index('uq_stock_in_line_slip_id_line_no')
        batch_op.drop_index(batch_op.f('ix_stock_in_line_slip_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_line_returns_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_line_org_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_line_material_id'))

    op.drop_table('stock_in_line')
    with op.batch_alter_table('stock_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_entry_warehouse_id_material_id_id')
        batch_op.drop_index('ix_stock_entry_warehouse_id_day')
        batch_op.drop_index(batch_op.f('ix_stock_entry_org_id'))
        batch_op.drop_index(batch_op.f('ix_stock_entry_material_id'))

    op.drop_table('stock_entry')
    with op.batch_alter_table('stock_out_line', schema=None) as batch_op:
        batch_op.drop_index('uq_stock_out_line_slip_id_line_no')
        batch_op.drop_index(batch_op.f('ix_stock_out_line_slip_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_line_returns_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_line_org_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_line_material_id'))

    op.drop_table('stock_out_line')
    with op.batch_alter_table('stock_in', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_in_warehouse_id_day')
        batch_op.drop_index(batch_op.f('ix_stock_in_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_transfer_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_stocktake_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_state'))
        batch_op.drop_index(batch_op.f('ix_stock_in_returns_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_proposed_by_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_org_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_day'))
        batch_op.drop_index(batch_op.f('ix_stock_in_created_at'))
        batch_op.drop_index(batch_op.f('ix_stock_in_category'))
        batch_op.drop_index(batch_op.f('ix_stock_in_approved_by_id'))
        batch_op.drop_index(batch_op.f('ix_stock_in_approved_at'))

    op.drop_table('stock_in')
    with op.batch_alter_table('stock_out', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stock_out_work_order_id'))
        batch_op.drop_index('ix_stock_out_warehouse_id_day')
        batch_op.drop_index(batch_op.f('ix_stock_out_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_transfer_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_stocktake_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_state'))
        batch_op.drop_index(batch_op.f('ix_stock_out_returns_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_org_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_day'))
        batch_op.drop_index(batch_op.f('ix_stock_out_created_at'))
        batch_op.drop_index(batch_op.f('ix_stock_out_category'))
        batch_op.drop_index(batch_op.f('ix_stock_out_approved_by_id'))
        batch_op.drop_index(batch_op.f('ix_stock_out_approved_at'))

    op.drop_table('stock_out')
    with op.batch_alter_table('transfer_line', schema=None) as batch_op:
        batch_op.drop_index('uq_transfer_line_slip_id_line_no')
        batch_op.drop_index(batch_op.f('ix_transfer_line_slip_id'))
        batch_op.drop_index(batch_op.f('ix_transfer_line_org_id'))
        batch_op.drop_index(batch_op.f('ix_transfer_line_material_id'))

    op.drop_table('transfer_line')
    with op.batch_alter_table('storage_bin', schema=None) as batch_op:
        batch_op.drop_index('ix_storage_bin_warehouse_id_material_id')
        batch_op.drop_index(batch_op.f('ix_storage_bin_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_storage_bin_org_id'))
        batch_op.drop_index(batch_op.f('ix_storage_bin_material_id'))

    op.drop_table('storage_bin')
    with op.batch_alter_table('stocktake_line', schema=None) as batch_op:
        batch_op.drop_index('uq_stocktake_line_stocktake_id_material_id')
        batch_op.drop_index(batch_op.f('ix_stocktake_line_stocktake_id'))
        batch_op.drop_index(batch_op.f('ix_stocktake_line_org_id'))
        batch_op.drop_index(batch_op.f('ix_stocktake_line_material_id'))

    op.drop_table('stocktake_line')
    with op.batch_alter_table('stock_balance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stock_balance_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_stock_balance_org_id'))
        batch_op.drop_index(batch_op.f('ix_stock_balance_material_id'))

    op.drop_table('stock_balance')
    with op.batch_alter_table('new_code_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_new_code_request_state'))
        batch_op.drop_index(batch_op.f('ix_new_code_request_org_id'))
        batch_op.drop_index(batch_op.f('ix_new_code_request_material_id'))
        batch_op.drop_index(batch_op.f('ix_new_code_request_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_new_code_request_created_at'))

    op.drop_table('new_code_request')
    with op.batch_alter_table('month_balance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_month_balance_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_month_balance_material_id'))

    op.drop_table('month_balance')
    with op.batch_alter_table('transfer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_transfer_state'))
        batch_op.drop_index(batch_op.f('ix_transfer_out_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_transfer_org_id'))
        batch_op.drop_index(batch_op.f('ix_transfer_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_transfer_in_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_transfer_day'))
        batch_op.drop_index(batch_op.f('ix_transfer_created_at'))
        batch_op.drop_index(batch_op.f('ix_transfer_approved_by_id'))
        batch_op.drop_index(batch_op.f('ix_transfer_agreed_by_id'))

    op.drop_table('transfer')
    with op.batch_alter_table('stocktake', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stocktake_witness_id'))
        batch_op.drop_index(batch_op.f('ix_stocktake_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_stocktake_state'))
        batch_op.drop_index(batch_op.f('ix_stocktake_second_by_id'))
        batch_op.drop_index(batch_op.f('ix_stocktake_reported_at'))
        batch_op.drop_index(batch_op.f('ix_stocktake_org_id'))
        batch_op.drop_index(batch_op.f('ix_stocktake_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_stocktake_first_by_id'))
        batch_op.drop_index(batch_op.f('ix_stocktake_created_at'))
        batch_op.drop_index(batch_op.f('ix_stocktake_approved_by_id'))

    op.drop_table('stocktake')
    with op.batch_alter_table('material', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_material_photo_near_id'))
        batch_op.drop_index(batch_op.f('ix_material_photo_far_id'))
        batch_op.drop_index(batch_op.f('ix_material_org_id'))
        batch_op.drop_index(batch_op.f('ix_material_name'))
        batch_op.drop_index(batch_op.f('ix_material_kind'))
        batch_op.drop_index(batch_op.f('ix_material_initials'))

    op.drop_table('material')
    with op.batch_alter_table('warehouse', schema=None) as batch_op:
        batch_op.drop_index('uq_warehouse_site_quality', sqlite_where=sa.text("level = 'site' AND active"), postgresql_where=sa.text("level = 'site' AND active"))
        batch_op.drop_index(batch_op.f('ix_warehouse_org_id'))
        batch_op.drop_index(batch_op.f('ix_warehouse_keeper_id'))

    op.drop_table('warehouse')
    with op.batch_alter_table('stock_month', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stock_month_state'))
        batch_op.drop_index(batch_op.f('ix_stock_month_org_id'))
        batch_op.drop_index(batch_op.f('ix_stock_month_month'))
        batch_op.drop_index(batch_op.f('ix_stock_month_closed_by_id'))

    op.drop_table('stock_month')

