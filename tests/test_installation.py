"""What `flask check` and both ways of serving see to: nothing unsafe is served, nobody else reads the house's data."""

import contextlib
import http.client
import os
import re
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from commands import check
from commands.check import faults
from commands.serve import refuse_unsafe
from models import Staff
from tests.conftest import make_app
from tests.engines import HOUSE, migrate
from tests.hammer import free_port
from tests.makers import world


@pytest.mark.engines("sqlite")
@pytest.mark.rule("BASE-02")
def test_nobody_else_on_the_machine_may_read_the_database(databases: Any, tmp_path: Path) -> None:
    file = tmp_path / "shoujie.db"
    app = make_app(f"sqlite:///{file}", tmp_path)
    with app.app_context():
        app.extensions["sqlalchemy"].engine.connect().close()
        for part in tmp_path.glob("shoujie.db*"):
            assert stat.S_IMODE(part.stat().st_mode) & 0o077 == 0, part.name
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
        assert not [words for words in _words(app) if "可被他人读取" in words]
        file.chmod(0o644)
        assert "shoujie.db 可被他人读取，请执行 chmod 600" in _words(app)


def _words(app: Any) -> list[str]:
    """The faults that need no table."""
    try:
        return faults(app)
    finally:
        app.extensions["sqlalchemy"].session.remove()


OURS = (
    "seed",
    "import",
    "sweep",
    "verify",
    "backup",
    "restore",
    "check",
    "start-real",
    "create-admin",
    "reset-password",
)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("name", OURS)
def test_every_command_explains_itself_in_chinese(app: Flask, name: str) -> None:
    told = app.test_cli_runner().invoke(args=[name, "--help"])
    assert told.exit_code == 0
    command = app.cli.commands[name]
    words = [command.help, command.short_help, *(p.help for p in command.params if isinstance(p, click.Option))]
    assert [word for word in words if not re.search(r"[一-鿿]", word or "")] == []
    assert "Show this message" not in told.output


@pytest.fixture
def safe(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An installation as it stands behind its proxy, with nothing to complain of."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    monkeypatch.setattr(check, "engine_faults", lambda _engine: [])  # the tests' own servers are quick, not safe
    app.config.update(
        BASE_URL="https://kefu.example.cn", SESSION_COOKIE_SECURE=True, PROXIES=1, SECRET_KEY="0123456789abcdef" * 4
    )
    return app


UNSAFE: dict[str, tuple[Any, str]] = {
    "demo": (None, "start-real"),
    "no address": ({"BASE_URL": ""}, "请设置 BASE_URL"),
    "plain http": ({"BASE_URL": "http://kefu.example.cn"}, "https://"),
    "cookies over http": ({"SESSION_COOKIE_SECURE": False}, "COOKIE_SECURE=1"),
    "no proxy told": ({"PROXIES": 0}, "PROXIES=1"),
    "short secret": ({"SECRET_KEY": "0123456789abcdef"}, "SECRET_KEY 太短"),
    "plain secret": ({"SECRET_KEY": "ab" * 32}, "SECRET_KEY 太简单"),
    "debugger": ({"DEBUG": True}, "调试模式"),
}


@pytest.mark.parametrize("what", sorted(UNSAFE))
def test_nothing_is_served_with_an_unsafe_setting(
    safe: Flask, session: Session, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = world(session)
    for file in Path(str(session.get_bind().url.database)).parent.glob("*.db*"):  # type: ignore[union-attr]
        file.chmod(0o600)
    with safe.app_context():
        assert check.faults(safe) == []  # the twin
    setting, words = UNSAFE[what]
    if setting is None:
        made.session.get_one(Staff, made.person("desk_clerk").staff_id).demo = True
        made.session.commit()
    safe.config.update(setting or {})
    with pytest.raises(SystemExit) as ended:
        refuse_unsafe(safe)
    assert ended.value.code == 1
    (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("不能启动")]
    assert words in said


def test_tables_of_another_program_are_not_served(safe: Flask, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    session.commit()
    with safe.app_context():
        assert "数据库结构与程序不符，请执行 flask --app app db upgrade" in check.faults(safe)


@pytest.mark.engines("sqlite")
def test_keys_that_others_may_read_are_not_served_with(safe: Flask, session: Session, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for name in ("keys", "backup"):
        (tmp_path / "keys" / name).touch(0o600)
    with safe.app_context():
        assert not [words for words in check.faults(safe) if words.startswith(("keys", "backup"))]
        (tmp_path / "keys" / "backup").chmod(0o640)
        assert "backup 可被他人读取，请执行 chmod 600" in check.faults(safe)


@pytest.mark.engines("sqlite")
def test_gunicorn_refuses_what_python_app_refuses(tmp_path: Path) -> None:
    """The real program: the master ends before it listens, and says why."""
    url = f"sqlite:///{tmp_path / 'shoujie.db'}"
    env = {
        **os.environ,
        "INSTANCE": str(tmp_path),
        "DATABASE_URL": url,
        "BASE_URL": "http://x.cn",
        "BIND": "127.0.0.1:0",
    }
    migrate(url)
    gunicorn = [sys.executable, "-m", "gunicorn"]
    done = subprocess.run(gunicorn, cwd=HOUSE, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert "不能启动：BASE_URL 须以 https:// 开头" in done.stderr
    assert "Listening" not in done.stderr


@pytest.mark.engines("sqlite")
def test_gunicorn_serves_with_several_processes_and_the_proxys_word_is_taken(tmp_path: Path) -> None:
    """With what README says: two workers on one database, the visitor's own address, secure cookies, HSTS."""
    url, port = f"sqlite:///{tmp_path / 'shoujie.db'}", free_port()
    migrate(url)
    env = {**os.environ, "INSTANCE": str(tmp_path), "DATABASE_URL": url, "BIND": f"127.0.0.1:{port}", "WORKERS": "2"}
    env |= {"BASE_URL": "https://kefu.example.cn", "COOKIE_SECURE": "1", "PROXIES": "1"}
    log = tmp_path / "gunicorn.log"
    with log.open("w") as out:
        served = subprocess.Popen([sys.executable, "-m", "gunicorn"], cwd=HOUSE, env=env, stdout=out, stderr=out)
    try:
        wait_for(port, served, log)
        headers = {"Host": "kefu.example.cn", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("GET", "/login", headers=headers)
        reply = line.getresponse()
        assert reply.status == 200
        assert reply.getheader("Strict-Transport-Security")
        assert (reply.getheader("Set-Cookie") or "").startswith("__Host-shoujie=")
        assert "Secure" in (reply.getheader("Set-Cookie") or "")
        reply.read()
        line.request("GET", "/login", headers={**headers, "Host": "evil.example.com"})
        assert line.getresponse().status == 400
        line.close()
    finally:
        served.terminate()
        assert served.wait(60) == 0
    assert log.read_text().count("Booting worker") == 2


def wait_for(port: int, served: subprocess.Popen[bytes], log: Path) -> None:
    """Until it listens and both workers are there."""
    for _n in range(600):
        assert served.poll() is None, log.read_text()
        if log.read_text().count("Booting worker") == 2:
            with contextlib.suppress(OSError), contextlib.closing(socket.create_connection(("127.0.0.1", port), 1)):
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.mark.engines("sqlite")
def test_the_sweep_beside_gunicorn_goes_on_until_it_is_asked_to_end(tmp_path: Path) -> None:
    """A process of its own: it seals what was written and ends at SIGTERM, as systemd asks."""
    url = f"sqlite:///{tmp_path / 'shoujie.db'}"
    migrate(url)
    env = {**os.environ, "INSTANCE": str(tmp_path), "DATABASE_URL": url, "BASE_URL": ""}
    flask = [sys.executable, "-m", "flask", "--app", "app"]
    admin = ["create-admin", "--login", "admin", "--name", "简舟"]
    subprocess.run([*flask, *admin], cwd=HOUSE, env=env, check=True, capture_output=True)
    sweeping = subprocess.Popen([*flask, "sweep", "--every", "1"], cwd=HOUSE, env=env)
    try:
        for _n in range(600):
            if sweeping.poll() is not None or (tmp_path / "trail.marks").exists():
                break
            time.sleep(0.1)
    finally:
        sweeping.terminate()
    assert sweeping.wait(60) == 0
    assert (tmp_path / "trail.marks").exists()
