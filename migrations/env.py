"""How Alembic reaches the application's engine, on both engines."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from models import Base
from models.base import Encrypted, Money, Quantity, UTCDateTime


def _type_name(kind: str, obj: Any, autogen: Any) -> str | bool:
    """Migrations speak in database types, so that a renamed Python class never breaks an old one."""
    if kind != "type":
        return False
    if isinstance(obj, UTCDateTime):
        return "sa.DateTime()"
    if isinstance(obj, Money | Quantity):
        return "sa.BigInteger()"
    if isinstance(obj, Encrypted):
        return "sa.Text()"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_type_name,
        compare_type=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is not None:
    _run(handed_over)
else:
    engine = current_app.extensions["migrate"].db.engine.execution_options(sqlite_begin="IMMEDIATE")
    with engine.connect() as opened:
        _run(opened)
