"""A file closed with a key in pieces: memory stays flat, and a piece changed, moved or cut off is noticed."""

import hashlib
import hmac
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rules.errors import RuleError

MAGIC = b"SHOUJIE BACKUP 1\n"
PIECE = 1 << 20
SALT, NAME, TAG = 16, 8, 16  # bytes: per file; the key's own name; what GCM adds to each piece
HEADER = len(MAGIC) + SALT + NAME


def name_of(key: bytes) -> bytes:
    """What tells one key from another without telling the key."""
    return hmac.new(key, b"name of the backup key", hashlib.sha256).digest()[:NAME]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    """A key of the file's own, so that the counters of two files never meet."""
    return AESGCM(HKDF(SHA256(), 32, salt, MAGIC).derive(key))


def _nonce(number: int, last: bool) -> bytes:
    """The place of a piece in the file, and whether it is the last one."""
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter:
    """Takes bytes, writes closed pieces; without `close` the file has no end and is refused by the reader."""

    def __init__(self, out: BinaryIO, key: bytes) -> None:
        self._out, self._number, self._held = out, 0, bytearray()
        salt = os.urandom(SALT)
        self._cipher, self._header = _cipher(key, salt), MAGIC + salt + name_of(key)
        out.write(self._header)

    def write(self, content: bytes) -> int:
        """Close every full piece there is; the rest waits."""
        self._held += content
        while len(self._held) > PIECE:  # not >=: the last piece is never empty, save in an empty file
            self._put(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]
        return len(content)

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last), piece, self._header))
        self._number += 1

    def close(self) -> None:
        """Write the last piece, marked as such."""
        self._put(bytes(self._held), last=True)
        self._held.clear()


class SealedReader:
    """Reads what SealedWriter wrote. Raises RuleError for another key, a changed byte, a missing end."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        self._source, self._number, self._held = source, 0, b""
        self._header = source.read(HEADER)
        if not self._header.startswith(MAGIC) or len(self._header) < HEADER:
            raise RuleError("这不是首接的备份文件，请核对文件名")
        if self._header[-NAME:] != name_of(key):
            raise RuleError("备份钥匙不对：这个备份是用另一把钥匙加密的，请用当时的钥匙文件夹")
        self._cipher = _cipher(key, self._header[len(MAGIC) : -NAME])
        self._ahead, self._ended = source.read(PIECE + TAG), False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, all there is when negative; empty only at the proven end."""
        found = bytearray(self._taken(size))
        while not self._ended and (size < 0 or len(found) < size):
            self._held = self._next()
            found += self._taken(size - len(found) if size >= 0 else -1)
        return bytes(found)

    def _taken(self, size: int) -> bytes:
        cut = len(self._held) if size < 0 else size
        given, self._held = self._held[:cut], self._held[cut:]
        return given

    def _next(self) -> bytes:
        closed, self._ahead = self._ahead, self._source.read(PIECE + TAG)
        self._ended = not self._ahead
        try:
            piece = self._cipher.decrypt(_nonce(self._number, self._ended), closed, self._header)
        except InvalidTag as wrong:
            raise RuleError(self._what_is_wrong(closed)) from wrong
        self._number += 1
        return piece

    def _what_is_wrong(self, closed: bytes) -> str:
        """A sound piece that ought to have a successor means that the end was cut off."""
        try:
            self._cipher.decrypt(_nonce(self._number, last=False), closed, self._header)
        except InvalidTag:
            return "备份文件已损坏或不完整，不能使用，请换一份备份"
        return "备份文件不完整，后面缺了一段，请重新取一份"
