"""The keys that keep personal data closed (数据加密): outside the database, never in it."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet


@dataclass(frozen=True)
class KeyRing:
    """`data` closes columns and files, `index` finds equal values, `trail` seals the 操作日志."""

    data: bytes
    index: bytes
    trail: bytes


_ring: list[KeyRing] = []


def use_keys(folder: Path) -> KeyRing:
    """Read the key ring of `folder`, making it (0600) on first use; a folder without it cannot read an old database."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "keys"
    if not file.exists():
        lines = [Fernet.generate_key(), secrets.token_hex(32).encode(), secrets.token_hex(32).encode()]
        _make(file, b"\n".join(lines) + b"\n")
    data, index, trail = file.read_bytes().split(b"\n")[:3]
    ring = KeyRing(data, index, trail)
    _ring[:] = [ring]
    return ring


@contextmanager
def using(folder: Path) -> Iterator[KeyRing]:
    """Work with the keys of another folder, then go on with those from before."""
    before = _ring[:]
    try:
        yield use_keys(folder)
    finally:
        _ring[:] = before


def backup_key(folder: Path, *, make: bool) -> bytes:
    """The key that closes the backups (32 bytes), beside the ring and not part of it.

    Raises FileNotFoundError where there is none and none is to be made.
    """
    file = folder / "backup"
    if make and not file.exists():
        _make(file, secrets.token_hex(32).encode() + b"\n")
    return bytes.fromhex(file.read_text().strip())


def _make(file: Path, content: bytes) -> None:
    """Write new keys (0600); two processes starting at once agree on the first one's."""
    draft = file.with_name(f".keys-{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def keys() -> KeyRing:
    """The ring in use; asking before `use_keys` is a programming error."""
    return _ring[0]


def close(plain: str) -> str:
    """Encrypt one value (random, so equal values look different)."""
    return Fernet(keys().data).encrypt(plain.encode()).decode()


def open_(closed: str) -> str:
    """Decrypt one value; raises InvalidToken when the ring is not the one that closed it."""
    return Fernet(keys().data).decrypt(closed.encode()).decode()


def close_bytes(plain: bytes) -> bytes:
    """Encrypt a file."""
    return Fernet(keys().data).encrypt(plain)


def open_bytes(closed: bytes) -> bytes:
    """Decrypt a file; raises InvalidToken when the ring is not the one that closed it, or a byte changed."""
    return Fernet(keys().data).decrypt(closed)


def fingerprint(plain: str) -> str:
    """A keyed hash that finds equal values without opening any (64 hex digits)."""
    return hmac.new(keys().index, plain.strip().upper().encode(), hashlib.sha256).hexdigest()


def seal(previous: str, content: bytes) -> str:
    """One link of the trail's chain (64 hex digits)."""
    return hmac.new(keys().trail, previous.encode() + b"\n" + content, hashlib.sha256).hexdigest()
