"""A person at a desk: a browser already logged in, the secrets of its pages, and what stands in them."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import LoginSession, Staff
from rules.login import open_login
from tests.makers import staff_of


class Desk:
    """One person's browser. `sit(app, session, "desk_clerk")` makes it."""

    def __init__(self, client: FlaskClient, staff: Staff) -> None:
        self.client, self.staff_id, self.name = client, staff.id, staff.name
        self._secret = ""

    def get(self, path: str, status: int = 200) -> str:
        """A page that opens (or does not, with the status named)."""
        reply = self.client.get(path)
        assert reply.status_code == status, f"{path}: {reply.status_code}\n{reply.text[-1500:]}"
        return reply.text

    def json(self, path: str) -> Any:
        """What a script asks for."""
        reply = self.client.get(path, headers={"Accept": "application/json"})
        assert reply.status_code == 200, reply.text
        return reply.get_json()

    @property
    def secret(self) -> str:
        """The CSRF secret of this browser's pages."""
        self._secret = self._secret or found(r'name="csrf_token" value="([^"]+)"', self.get("/pin"))
        return self._secret

    def post(self, path: str, data: dict[str, Any] | None = None, status: int | None = 303) -> TestResponse:
        """A form sent, with the secret; the token is the caller's."""
        reply = self.client.post(path, data={"csrf_token": self.secret, **(data or {})})
        assert status in (None, reply.status_code), f"{path}: {reply.status_code}\n{said(reply.text)}"
        return reply


def sit(app: Flask, session: Session, post: str, project: str = "YJ", *, whole: bool = False) -> Desk:
    """The browser of whoever holds the post; their project is chosen when they have just one, `whole`: none is."""
    staff = staff_of(session, post, project)
    token = open_login(session, staff)
    if whole:
        session.flush()
        for login in session.query(LoginSession).filter_by(staff_id=staff.id):
            login.project_id = None
    session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return Desk(client, staff)


def found(pattern: str, text: str) -> str:
    """The first match's group; fails loudly."""
    match = re.search(pattern, text)
    assert match, f"nothing like {pattern} in\n{text[:1500]}"
    return match[1]


def token(text: str) -> str:
    """The form token of a page."""
    return found(r'name="token" value="([^"]+)"', text)


def version(text: str) -> str:
    """The version a form was opened on."""
    return found(r'name="version" value="([^"]+)"', text)


def rows(text: str) -> list[str]:
    """The ids of a list's rows, in order."""
    body = text[text.find("<tbody>") : text.find("</tbody>")]
    ticks = re.findall(r'name="id" value="(\d+)"', body)
    return ticks or re.findall(r'<td class="acts".*?href="/\w+/(\d+)', body)


def total(text: str) -> int:
    """共 N 条."""
    return int(found(r"共 <b>([\d,]+)", text).replace(",", ""))


def said(text: str) -> str:
    """The sentences of a page that tell what is wrong."""
    errors = re.findall(r'class="error"[^>]*>([^<]+)<', text)
    alerts = re.findall(r'role="alert"[^>]*>.*?<span>([^<]+)', text, re.DOTALL)
    return " / ".join([*errors, *alerts])
