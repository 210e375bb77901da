"""What gunicorn reads by itself: how many processes, how long it waits, and that it refuses an unsafe setting too."""

import os
from typing import Any

from werkzeug.utils import import_string

wsgi_app = "app:create_app()"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WORKERS", "2"))
threads = 8  # the worker class gthread: a slow visitor keeps a thread, not the house
timeout = 120  # a worker that has stopped answering altogether; long prints and imports do not count
graceful_timeout = 60
keepalive = 5
no_control_socket = True
accesslog = None  # the house writes a line of its own for every request, without what people typed


def on_starting(server: Any) -> None:
    """As `python app.py` does: with an unsafe setting nothing is served."""
    del server
    import_string("commands.serve:refuse_unsafe")(import_string("app:create_app")())
