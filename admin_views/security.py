"""What holds for every answer: the host asked, headers, cookies, versions of static files, the access line."""

import hashlib
import ipaddress
import os
import socket
import time
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request
from flask_admin import Admin
from werkzeug.sansio.utils import host_is_trusted

from admin_views import log
from admin_views.request import person, request_id

ORDER = 0

DIRECTIVES = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in DIRECTIVES.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}
STATIC = {"static", "admin.static"}
A_YEAR = "public, max-age=31536000, immutable"


def register(app: Flask, admin: Admin) -> None:
    """Hook onto every request; first of all modules, so that the others find the host checked."""
    del admin
    secure = bool(app.config["SESSION_COOKIE_SECURE"])
    app.config["SESSION_COOKIE_NAME"] = "__Host-shoujie" if secure else "shoujie"
    app.config.setdefault("HOSTS", tuple(os.environ.get("ALLOWED_HOSTS", "").replace(",", " ").split()))
    log.use(app)
    app.before_request_funcs.setdefault(None, []).insert(0, _start)  # even before the CSRF check
    app.after_request(_finish)
    app.url_defaults(_versioned(Path(app.static_folder or "static")))


def _start() -> None:
    g.started = time.perf_counter()
    log.begin(request_id())
    if not host_allowed(request.host):
        abort(400, "这个网址不是本系统的地址，请从收藏的地址打开")


def host_allowed(host: str) -> bool:
    """Whether the request was addressed to us: a name somebody else pointed at us is refused (DNS rebinding).

    With ALLOWED_HOSTS (or BASE_URL) set only those; else every plain address and this machine's own names.
    """
    config = current_app.config
    named = [*config["HOSTS"], *filter(None, [urlsplit(config.get("BASE_URL") or "").hostname])]
    own = ["localhost", "127.0.0.1", "[::1]"]
    if host_is_trusted(host, [*named, *own]):
        return True
    if named:
        return False
    return _is_address(host) or host_is_trusted(host, list(_machine_names()))


def _is_address(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache
def _machine_names() -> tuple[str, ...]:
    name = socket.gethostname()
    return (name, f"{name}.local", f"{name}.lan")


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = request_id()
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers["Cache-Control"] = _cache_word(response)
    if request.endpoint not in STATIC:
        _access_line(response)
    return response


def _cache_word(response: Response) -> str:
    """Pages are about people: nothing of them stays in a browser or a proxy. Static files carry their version."""
    if request.endpoint not in STATIC or response.status_code >= 400:
        return "no-store"
    return A_YEAR if "v" in request.args else "no-cache"


def _access_line(response: Response) -> None:
    """One line per request: the route, never the address typed, which may hold a name or a telephone number."""
    who = person()
    log.logger.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        staff=who.staff_id if who else None,
    )


def _versioned(folder: Path) -> Any:
    """`url_for('static', …)` names the content it means, so that browsers may keep it for a year."""

    @lru_cache(maxsize=1024)
    def version(file: Path, changed: int) -> str:
        del changed
        return hashlib.sha256(file.read_bytes()).hexdigest()[:12]

    def add(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" or "filename" not in values or "v" in values:
            return
        file = folder / str(values["filename"])
        if file.is_file():
            values["v"] = version(file, file.stat().st_mtime_ns)

    return add
