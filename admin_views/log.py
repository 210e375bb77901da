"""Structured logs: one JSON object a line, with the request's number and no personal data."""

import logging
import os
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

logger: Any = structlog.get_logger("shoujie")
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}[Xx]?")
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def use(app: Flask) -> None:
    """Set the log up for the process (LOG_LEVEL: debug, info, warning, error) and Flask's own errors with it."""
    level = _LEVELS.get(os.environ.get("LOG_LEVEL", "info").lower(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            hide_numbers,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )
    app.log_exception = lambda exc_info: fault(exc_info[1])  # type: ignore[method-assign]


def _to_stderr(*_names: Any) -> Any:
    return structlog.WriteLogger(sys.stderr)


def begin(request_id: str) -> None:
    """Every line from here on carries the request's number."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id)


def hide_numbers(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Telephone and identity numbers never reach a log, wherever they came from."""
    for key, value in line.items():
        if isinstance(value, str) and key not in ("timestamp", "request"):
            line[key] = _LONG_NUMBER.sub("＊", value)
    return line


def fault(error: BaseException | None) -> None:
    """An unknown exception: where it came from, without the values a database driver likes to quote."""
    if error is None:
        return
    chain, seen = [], error
    while seen is not None and len(chain) < 5:
        chain.append({"what": _words(seen), "stack": traceback.format_tb(seen.__traceback__)[-25:]})
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    logger.error("fault", error=chain[0]["what"], chain=[_hidden(link) for link in chain])


def _words(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if not isinstance(error, DBAPIError):
        return f"{name}: {type(error).__name__}" if _is_driver(error) else f"{name}: {error}"
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return f"{name}: {code} {constraint or ''} [{error.statement}]"


def _is_driver(error: BaseException) -> bool:
    return type(error).__module__.split(".")[0] in ("sqlite3", "psycopg")


def _hidden(link: dict[str, Any]) -> dict[str, Any]:
    return {k: _LONG_NUMBER.sub("＊", v) if isinstance(v, str) else v for k, v in link.items()}
