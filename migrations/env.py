"""How Alembic reaches the application's engine, on both engines."""

import warnings
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from models import Base
from models.base import Encrypted, Money, Quantity, UTCDateTime
from models.searching import is_of_the_index


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


def _included(_obj: Any, name: str | None, _kind: str, _reflected: bool, _compared: Any) -> bool:
    """The index of words is made by statements of its own: the models know nothing of its tables."""
    return not is_of_the_index(name)


warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index find_")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_type_name,
        include_object=_included,
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
