"""The keys that keep personal data closed (数据加密): outside the database, never in it."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet


@dataclass(frozen=True)
class KeyRing:
    """`data` closes columns and backups, `index` finds equal values, `trail` seals the 操作日志."""

    data: bytes
    index: bytes
    trail: bytes


_ring: list[KeyRing] = []


def use_keys(folder: Path) -> KeyRing:
    """Read the key ring of `folder`, making it (0600) on first use; a folder without it cannot read an old database."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "keys"
    if not file.exists():
        _make(file)
    data, index, trail = file.read_bytes().split(b"\n")[:3]
    ring = KeyRing(data, index, trail)
    _ring[:] = [ring]
    return ring


def _make(file: Path) -> None:
    """Write a new ring; two processes starting at once agree on the first one's."""
    lines = [Fernet.generate_key(), secrets.token_hex(32).encode(), secrets.token_hex(32).encode()]
    draft = file.with_name(f".keys-{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(b"\n".join(lines) + b"\n")
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
