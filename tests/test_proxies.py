"""Behind proxies: the visitor's own address and scheme arrive, and nobody is taken for a guest of this machine."""

from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy.orm import Session
from waitress.adjustments import Adjustments
from waitress.proxy_headers import proxy_headers_middleware

from commands.serve import behind
from models import Staff
from tests.conftest import make_app
from tests.makers import world

pytestmark = pytest.mark.engines("sqlite")
FORWARDED = {"X-Forwarded-For": "203.0.113.7, 10.0.0.2", "X-Forwarded-Proto": "https"}


def served(app: Flask, proxies: int):
    """The application as the server calls it: with what the server does to the headers."""
    told = Adjustments(**behind(proxies))
    return proxy_headers_middleware(
        app.wsgi_app,
        trusted_proxy=told.trusted_proxy,
        trusted_proxy_count=told.trusted_proxy_count or 1,
        trusted_proxy_headers=told.trusted_proxy_headers,
        clear_untrusted=told.clear_untrusted_proxy_headers,
    )


@pytest.mark.parametrize(
    ("proxies", "address", "scheme"),
    [(0, "127.0.0.1", "http"), (1, "10.0.0.2", "https"), (2, "203.0.113.7", "https")],
)
def test_the_address_is_the_visitors_as_far_as_the_proxies_are_ours(
    database_url: str, tmp_path: Path, proxies: int, address: str, scheme: str
):
    app = make_app(database_url, tmp_path, PROXIES=proxies)
    seen = []
    app.before_request(lambda: seen.append((request.remote_addr, request.scheme)))
    app.wsgi_app = served(app, proxies)  # type: ignore[method-assign]
    app.test_client().get("/login", headers=FORWARDED)
    assert seen == [(address, scheme)]
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.mark.parametrize("setting", [{}, {"PROXIES": 1}, {"BASE_URL": "http://localhost"}])
def test_demo_accounts_stand_on_the_log_in_page_of_this_machine_alone(app: Flask, session: Session, setting: dict):
    made = world(session)
    staff = made.session.get_one(Staff, made.person("desk_clerk").staff_id)
    staff.demo, staff.login = True, "demo-one"
    made.session.commit()
    app.config.update(DEMO_PASSWORD="shoujie-demo", **setting)
    page = app.test_client().get("/login").text
    assert ("demo-one" in page) is (not setting)
