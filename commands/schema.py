"""Whether the tables are those of this program, and the way to make them so."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, inspect, text

from rules.errors import RuleError


def _config(app: Flask) -> Config:
    config = Config()
    config.set_main_option("script_location", app.extensions["migrate"].directory)
    return config


def revision(connection: Connection) -> str:
    """Where the tables stand; empty for a database without any."""
    if "alembic_version" not in inspect(connection).get_table_names():
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def newest(app: Flask) -> str:
    """Where the tables of this program stand."""
    return ScriptDirectory.from_config(_config(app)).get_current_head() or ""


def refuse_unknown(app: Flask, found: str) -> None:
    """Tables that a later program made cannot be read by this one. Raises RuleError."""
    known = {script.revision for script in ScriptDirectory.from_config(_config(app)).walk_revisions()}
    if found not in known:
        raise RuleError(f"数据库结构 {found or '不明'} 比本程序新，请先把程序升级到备份时的版本")


def bring_up(app: Flask, connection: Connection, *, again: bool = False) -> None:
    """To the newest tables; `again`: everything is dropped first."""
    config = _config(app)
    config.attributes["connection"] = connection
    if again:
        command.downgrade(config, "base")
    command.upgrade(config, "head")
