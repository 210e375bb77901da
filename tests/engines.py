"""Throw-away databases: one migrated template per engine and test run, a fresh copy of it for each test.

Each run owns a folder under /tmp. The worker that needs an engine first makes its template there, the others wait at a
lock and share it. PostgreSQL is a whole server of the run's own: no fsync, reachable by its socket only, never as root.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine

from rules.engine import prepare_engine

HOUSE = Path(__file__).resolve().parent.parent
TEMPLATE = "house"
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 1h
autovacuum = off
max_connections = 200
deadlock_timeout = 200ms
timezone = 'Asia/Shanghai'
"""

# Beside the tables, a copy of what the migrations put into them and where the sequences stood.
KEEP = """
CREATE SCHEMA pristine;
CREATE TABLE pristine._sequences AS SELECT * FROM pg_sequences WHERE schemaname = 'public';
DO $$ DECLARE t text; used boolean; BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', t) INTO used;
    IF used THEN EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', t, t); END IF;
  END LOOP;
END $$
"""
# As a replica no trigger speaks, so append-only tables and foreign keys let go.
WIPE = """
SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle';
DO $$ DECLARE t text; cols text; used boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', t) INTO used;
    IF used THEN EXECUTE format('DELETE FROM public.%I', t); END IF;
  END LOOP;
  FOR t, cols IN
    SELECT k.relname, string_agg(quote_ident(a.attname), ', ')
    FROM pg_class k JOIN pg_class p ON p.relname = k.relname AND p.relnamespace = 'public'::regnamespace
    JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE k.relnamespace = 'pristine'::regnamespace AND k.relkind = 'r' GROUP BY 1
  LOOP
    EXECUTE format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM pristine.%I', t, cols, cols, t);
  END LOOP;
  PERFORM setval(format('public.%I', sequencename),
                 coalesce(was.last_value, was.start_value), was.last_value IS NOT NULL)
  FROM pg_sequences moved JOIN pristine._sequences was USING (sequencename)
  WHERE moved.schemaname = 'public' AND moved.last_value IS DISTINCT FROM was.last_value;
END $$
"""
# Deleted rows stay in the file until it is vacuumed: only worth it after a test that filled a table.
SWOLLEN = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 1000000
"""


def migrate(url: str, to: str = "head") -> None:
    """Bring a database up to the newest schema or to `to`; down again when `to` is behind it. Needs no web."""
    config = Config()
    config.set_main_option("script_location", str(HOUSE / "migrations"))
    engine = prepare_engine(create_engine(url)).execution_options(sqlite_begin="IMMEDIATE")
    with engine.connect() as connection:
        down = to == "base" or to.startswith("-")
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, to)
    engine.dispose()


class Sqlite:
    """File databases, because the write path opens its own connections."""

    name = "sqlite"

    def __init__(self, root: Path, worker: str) -> None:
        self.root, self.worker = root, worker
        self.data = root / "data"  # one key ring for all

    def why_not(self) -> str:
        """Always there."""
        return ""

    def empty(self, name: str) -> str:
        """The address of a new database with nothing in it."""
        file = self.root / f"{self.worker}-{name}.db"
        for part in self.root.glob(f"{file.name}*"):
            part.unlink()
        return f"sqlite:///{file}"

    def fresh(self, name: str) -> str:
        """The address of a new database as the migrations leave it; nobody may still be connected to the old one."""
        template = self.root / f"{TEMPLATE}.db"
        with one_at_a_time(self.root, self.name):
            if not template.exists():
                self._make(template)
        url = self.empty(name)
        shutil.copyfile(template, url.removeprefix("sqlite:///"))
        return url

    def _make(self, template: Path) -> None:
        draft = template.with_suffix(".draft")
        migrate(f"sqlite:///{draft}")
        with contextlib.closing(sqlite3.connect(draft)) as whole:  # everything into the one file, which stays WAL
            whole.execute("PRAGMA journal_mode=WAL")
            whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        draft.rename(template)

    def close(self) -> None:
        """Nothing is held."""


class Postgresql:
    """Databases of the run's own server, cloned from the template by the server."""

    name = "postgresql"

    def __init__(self, root: Path, worker: str) -> None:
        self.root, self.worker, self.server = root, worker, Server(root)
        self.data = root / "data"
        self._admin: psycopg.Connection[Any] | None = None
        self._kept: dict[str, psycopg.Connection[Any]] = {}

    def why_not(self) -> str:
        """Why this machine cannot run it, in words for the person at the terminal."""
        return "" if Server.programs() else "没有 PostgreSQL：apt install postgresql（测试只用它的程序，不用它的服务）"

    def empty(self, name: str) -> str:
        """The address of a new database with nothing in it."""
        return self._make(f"{self.worker}_{name}", "template0")

    def fresh(self, name: str) -> str:
        """The address of a database as the migrations leave it; whoever still works in it is cut off.

        Cloned the first time (110 ms: each table and index is a file), wiped after that (2.4 ms): see WIPE.
        """
        ready = self.root / "template.ready"
        with one_at_a_time(self.root, self.name):
            if not ready.exists():
                migrate(self._make(TEMPLATE, "template0"))
                ready.touch()
        known = f"{self.worker}_{name}"
        if known not in self._kept:
            self._make(known, TEMPLATE)
            self._kept[known] = psycopg.connect(self._words(known), autocommit=True)
            self._kept[known].execute(KEEP)
        else:
            self._kept[known].execute(WIPE)
            for (table,) in self._kept[known].execute(SWOLLEN).fetchall():
                self._kept[known].execute(sql.SQL("VACUUM {}").format(sql.Identifier(table)))
        return self._url(known)

    def _make(self, name: str, template: str) -> str:
        if self._admin is None:
            with one_at_a_time(self.root, "server"):
                self.server.start()
            self._admin = psycopg.connect(self._words("postgres"), autocommit=True)
        self._admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [template]
        )
        new, old = sql.Identifier(name), sql.Identifier(template)
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(new))
        self._admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, old))
        return self._url(name)

    def _words(self, name: str) -> str:
        return f"host={self.server.data} user=postgres dbname={name}"

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.server.data}"

    def close(self) -> None:
        """Let go of the server."""
        for held in (self._admin, *self._kept.values()):
            if held is not None:
                held.close()
        self._admin, self._kept = None, {}


Databases = Sqlite | Postgresql
ENGINES: dict[str, type[Databases]] = {"sqlite": Sqlite, "postgresql": Postgresql}


class Server:
    """The PostgreSQL server of one run, under a user it accepts."""

    def __init__(self, root: Path) -> None:
        self.root, self.data = root, root / "pg"

    @staticmethod
    def programs() -> Path | None:
        """Where initdb and pg_ctl lie: the newest Debian version, or what pg_config says, or what PATH says."""
        debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
        if debian:
            return debian[-1].parent
        if config := shutil.which("pg_config"):
            said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
            if (Path(said) / "initdb").exists():
                return Path(said)
        return Path(initdb).resolve().parent if (initdb := shutil.which("initdb")) else None

    @staticmethod
    def user() -> dict[str, Any]:
        """PostgreSQL refuses root: then it runs as postgres, or as nobody."""
        if os.geteuid():
            return {}
        known = {p.pw_name: p for p in pwd.getpwall()}
        who = known.get("postgres") or known["nobody"]
        return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}

    def start(self) -> None:
        """Make the cluster and start it; a second call finds it running."""
        if (self.data / "postmaster.pid").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        if who := self.user():
            os.chown(self.data, who["user"], who["group"])
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        self.run("initdb", "-D", self.data, *options)
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(SETTINGS.format(folder=self.data))
        self.run("pg_ctl", "-D", self.data, "-l", self.data / "log", "-w", "start")

    def stop(self) -> None:
        """Stop it at once, if it runs: nothing in it is worth keeping."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")

    def run(self, program: str, *args: str | Path) -> None:
        """One of PostgreSQL's programs; what it says goes to a file, since the server would keep a pipe open."""
        folder = self.programs()
        if folder is None:
            raise RuntimeError("PostgreSQL is not installed")
        env = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        said = self.root / "pg.said"
        with said.open("w") as out:
            done = subprocess.run(
                [folder / program, *args],
                cwd=self.root,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=False,
                **self.user(),
            )
        if done.returncode:
            raise RuntimeError(f"{program}: {said.read_text()}")


def new_root() -> Path:
    """A folder for this run; the folders (and servers) of runs that were killed are cleared away first."""
    base = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())  # a socket's path must be short
    for old in base.glob("shoujie-*-*"):
        with contextlib.suppress(FileNotFoundError):  # its own run, or another one, is clearing it this moment
            if old.stat().st_uid == os.geteuid() and not _alive(old):
                clear(old)
    hidden = Path(tempfile.mkdtemp(prefix=f".shoujie-{os.getpid()}-", dir=base))
    hidden.chmod(0o755)  # the server's user has to pass through
    _alive_locks.append((hidden / "alive").open("a"))
    fcntl.flock(_alive_locks[-1], fcntl.LOCK_EX)
    return hidden.rename(base / hidden.name[1:])  # nobody sees it before it is locked, or takes it for a dead run's


def clear(root: Path) -> None:
    """Stop the run's server, if it ever started, and remove its folder."""
    with contextlib.suppress(RuntimeError):
        Server(root).stop()
    shutil.rmtree(root, ignore_errors=True)


_alive_locks: list[IO[str]] = []  # held open as long as this process lives, however it ends


def _alive(root: Path) -> bool:
    with (root / "alive").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextlib.contextmanager
def one_at_a_time(root: Path, name: str) -> Iterator[None]:
    """Hold the run's lock of this name, across the workers."""
    with (root / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
