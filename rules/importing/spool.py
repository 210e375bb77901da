"""Where an uploaded file waits until its run is confirmed: closed with the house's key, opened into a nameless file."""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.fernet import Fernet

from models import secrecy
from rules.errors import RuleError, WrongState
from rules.importing.safety import MAX_FILE, REFUSED_BIG

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Parcel:
    """A file put away: its key in the spool, the digest and the size of its content."""

    key: str
    sha256: str
    size: int


class Spool:
    """A private folder of closed files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def take(self, stream: BinaryIO) -> Parcel:
        """Put an upload away in small pieces. Raises RuleError when it is too big; nothing is kept then."""
        key, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
        lock = Fernet(secrecy.keys().data)
        try:
            with os.fdopen(os.open(self._path(key), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > MAX_FILE:
                        raise RuleError(REFUSED_BIG, field="file")
                    digest.update(chunk)
                    out.write(lock.encrypt(chunk) + b"\n")
        except BaseException:
            self.drop(key)
            raise
        return Parcel(key, digest.hexdigest(), size)

    @contextmanager
    def unlocked(self, key: str) -> Iterator[BinaryIO]:
        """The file as it was, in a temporary file without a name that dies with the process.

        Raises WrongState when it is not there any more (a restored backup holds no uploads).
        """
        lock = Fernet(secrecy.keys().data)
        if not self._path(key).exists():
            raise WrongState("上传的文件已不在，请重新上传")
        with tempfile.TemporaryFile(dir=self._folder) as plain:
            with self._path(key).open("rb") as closed:
                for line in closed:
                    plain.write(lock.decrypt(line.rstrip(b"\n")))
            plain.seek(0)
            yield plain

    def drop(self, key: str | None) -> None:
        """Forget a file; forgetting it twice is no fault."""
        if key:
            self._path(key).unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> set[str]:
        """What has been lying here since before then, for the sweep that removes what no run knows any more."""
        files = [path for path in self._folder.iterdir() if path.is_file()]
        return {path.name for path in files if path.stat().st_mtime < moment.timestamp()}

    def _path(self, key: str) -> Path:
        if not (len(key) == 32 and all(c in "0123456789abcdef" for c in key)):
            raise ValueError(f"not a key of the spool: {key!r}")
        return self._folder / key
