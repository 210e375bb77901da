"""Where the parts meet. Nothing is decided here."""

import os
import secrets
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_babel import Babel
from flask_migrate import Migrate, upgrade
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import commands
import rules  # noqa: F401  (checks and effects register themselves)
from admin_views import register_views
from admin_views.home import HomeView
from admin_views.request import db
from commands.serve import serve
from models import secrecy
from rules.engine import prepare_engine
from rules.write import Writer

ROOT = Path(__file__).parent


def create_app(**config: Any) -> Flask:
    """The application; `config` overrides the environment (INSTANCE, DATABASE_URL, BASE_URL …)."""
    instance = Path(config.pop("INSTANCE", os.environ.get("INSTANCE", ROOT / "instance"))).absolute()
    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = Flask(__name__, instance_path=str(instance))
    app.config.from_mapping(
        SECRET_KEY=_secret(instance),
        SQLALCHEMY_DATABASE_URI=config.pop("DATABASE_URL", None)
        or os.environ.get("DATABASE_URL")
        or f"sqlite:///{instance / 'shoujie.db'}",
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "hide_parameters": True},
        BASE_URL=os.environ.get("BASE_URL", ""),
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        MAX_CONTENT_LENGTH=60 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=os.environ.get("COOKIE_SECURE", "") == "1",
        PROXIES=int(os.environ.get("PROXIES", "0")),
        FILES=str(instance / "files"),
    )
    app.config.from_mapping(config)
    if app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=app.config["PROXIES"], x_proto=1, x_host=1)  # type: ignore[method-assign]
    secrecy.use_keys(Path(app.config.get("KEYS", instance / "keys")))
    db.init_app(app)
    Babel(app)
    CSRFProtect(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        _close_to_others(instance, db.engine.url.database if db.engine.dialect.name == "sqlite" else None)
        prepare_engine(db.engine)
        app.extensions["writer"] = Writer(db.engine)
        admin = Admin(app, name="首接", url="/", index_view=HomeView(url="/"), static_url_path="/flask-admin-static")
        register_views(app, admin)
    commands.register(app)
    return app


def _secret(instance: Path) -> str:
    """The cookie key, made once (0600) beside the database and never in it."""
    file = instance / "secret"
    if not file.exists():
        draft = instance / f".secret-{secrets.token_hex(4)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(32))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()


def _close_to_others(instance: Path, database: str | None) -> None:
    """Phones lie clear in the database (decision 7): nobody else on this machine may read it or what lies beside it."""
    instance.chmod(0o700)
    if database and database != ":memory:":
        file = Path(database)
        file.touch(0o600)  # before SQLite makes it; its -wal and -shm take the same rights
        file.chmod(0o600)


def main() -> None:
    """`python app.py`: migrate, seed when empty, serve with threads, tell the address."""
    app = create_app()
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    sys.exit(serve(app, os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))))


if __name__ == "__main__":
    main()
