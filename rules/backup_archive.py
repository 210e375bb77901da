"""What a backup holds: a description, the database, the files; each with its hash, all of it closed with one key."""

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from rules.errors import RuleError
from rules.sealed_file import SealedReader, SealedWriter

ABOUT, HASHES, DATABASE, MARKS = "about.json", "hashes.json", "database", "trail.marks"
KNOWN = re.compile(r"about\.json|hashes\.json|database|trail\.marks|files/[0-9a-f]{2}/[0-9a-f]{64}(\.thumb)?")
BLOCK = 1 << 16
_BROKEN = (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile)
DAMAGED = "备份文件的内容与记下的摘要不符，不能使用，请换一份备份"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in the archive: its name there, and the file it comes from."""

    name: str
    file: Path


class _Counted:
    """A stream that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.digest = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """As the stream."""
        content = self._source.read(size)
        self.digest.update(content)
        return content


def write_archive(out: BinaryIO, key: bytes, about: dict[str, Any], parts: Iterable[Part]) -> None:
    """Write everything in one pass; a file that went away meanwhile is left out (nothing names it any more)."""
    sealed = SealedWriter(out, key)
    hashes: dict[str, str] = {}
    with gzip.GzipFile("", "wb", 1, cast(BinaryIO, sealed), 0) as squeezed, _tar(squeezed, "w|") as tar:
        _add(tar, ABOUT, io.BytesIO(_json(about)), hashes)
        for part in parts:
            try:
                stream = part.file.open("rb")
            except FileNotFoundError:
                continue
            with stream:
                _add(tar, part.name, stream, hashes)
        _add(tar, HASHES, io.BytesIO(_json(hashes)), {})
    sealed.close()


def _tar(stream: Any, mode: Any) -> tarfile.TarFile:
    return tarfile.open(fileobj=stream, mode=mode, bufsize=BLOCK)


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _add(tar: tarfile.TarFile, name: str, stream: BinaryIO, hashes: dict[str, str]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    counted = _Counted(stream)
    tar.addfile(entry, cast(BinaryIO, counted))
    cast(Any, tar).members.clear()  # tarfile remembers every entry; a house has hundreds of thousands of files
    hashes[name] = counted.digest.hexdigest()


@dataclass(slots=True)
class Archive:
    """A backup being read: what it says of itself first, then its parts in the order they were written."""

    about: dict[str, Any]
    _tar: tarfile.TarFile
    _found: dict[str, str] = field(default_factory=dict)

    def parts(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Every part with its stream, to be read before the next one; at the end the hashes are compared.

        Raises RuleError where anything differs: then nothing of what was read may be used.
        """
        with _sound():
            for name, stream in _entries(self._tar):
                if name == HASHES:
                    if json.loads(stream.read()) != self._found | {ABOUT: _digest(_json(self.about))}:
                        raise RuleError(DAMAGED)
                    return
                counted = _Counted(stream)
                yield name, cast(IO[bytes], counted)
                while counted.read(BLOCK):
                    pass
                self._found[name] = counted.digest.hexdigest()
            raise RuleError(DAMAGED)


@contextmanager
def opened(source: BinaryIO, key: bytes) -> Iterator[Archive]:
    """The archive behind the stream; when the block ends well, its very end was seen. Raises RuleError."""
    sealed = SealedReader(source, key)
    with _sound(), gzip.GzipFile(fileobj=cast(BinaryIO, sealed), mode="rb") as plain, _tar(plain, "r|") as tar:
        name, stream = next(_entries(tar), ("", io.BytesIO()))
        if name != ABOUT:
            raise RuleError(DAMAGED)
        yield Archive(json.loads(stream.read()), tar)
        while plain.read(BLOCK):
            pass


@contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except _BROKEN as wrong:
        raise RuleError(DAMAGED) from wrong


def _entries(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    while (entry := tar.next()) is not None:
        cast(Any, tar).members.clear()
        stream = tar.extractfile(entry) if entry.isreg() else None
        if stream is None or not KNOWN.fullmatch(entry.name):
            raise RuleError(DAMAGED)
        yield entry.name, stream


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
