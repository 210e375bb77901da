"""A disk that is full: told apart from every other fault, since it is no bug and passes when somebody makes room."""

import errno
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from rules.errors import NoSpace

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
log = logging.getLogger("shoujie.space")
POSTGRESQL_FULL = "53100"
WORDS = "服务器磁盘空间已满，刚才的操作没有保存；请通知系统管理员清理空间，然后再提交一次"


def is_full(error: BaseException | None) -> bool:
    """Whether the disk (or what this process may use of it) was full, by code and never by words."""
    if isinstance(error, DBAPIError):
        return is_full(error.orig) or getattr(error.orig, "sqlstate", None) == POSTGRESQL_FULL
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 255 == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in FULL


@contextmanager
def space(words: str = WORDS) -> Iterator[None]:
    """A full disk in words for people; everything else as it is. Raises NoSpace."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        if not is_full(error):
            raise
        log.error("the disk is full: %s", type(error).__name__)
        raise NoSpace(words) from error
