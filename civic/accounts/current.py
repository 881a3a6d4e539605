"""Who is looking: from the browser's cookie to an actor that services can be given."""

from __future__ import annotations

from typing import cast

from flask import Flask, g, session
from flask_login import LoginManager, current_user

from civic.accounts import queries, service
from civic.accounts.models import Actor, Nobody, User, UserSession
from civic.core import clock

COOKIE_KEY = "sid"

login_manager = LoginManager()
login_manager.login_view = "accounts.sign_in"
login_manager.anonymous_user = Nobody


def init_accounts(app: Flask) -> None:
    login_manager.init_app(app)
    app.config["REMEMBER_COOKIE_DURATION"] = 0


@login_manager.request_loader  # type: ignore[untyped-decorator]
def load(request: object) -> User | None:
    """The person of a live session; the cookie alone proves nothing."""
    del request
    token = session.get(COOKIE_KEY)
    if not isinstance(token, str):
        return None
    now = clock.now()
    found = queries.live_session(
        service.hash_token(token), now - service.OLDEST, now - service.IDLE
    )
    if found is None or not found.user.is_authenticated:
        session.clear()
        return None
    if now - found.last_seen_at > service.TOUCH:
        service.touch_session(found.user, found.id)
        return load(None)
    g.user_session = found
    return found.user


def actor() -> Actor:
    """The person who sent this request, or `Nobody`; unwrapped, so no proxy reaches a model."""
    return cast("Actor", current_user._get_current_object())  # noqa: SLF001 - Flask-Login's way


def member() -> User:
    """The signed-in person, in views behind `login_required`."""
    return cast("User", actor())


def current_session() -> UserSession:
    """The session of this browser, in views behind `login_required`."""
    actor()
    return cast("UserSession", g.user_session)


def sign_browser_in(token: str, user: User) -> None:
    """Give the browser a fresh session cookie; nothing of the old one stays."""
    session.clear()
    session[COOKIE_KEY] = token
    session["language"] = user.language


def sign_browser_out() -> None:
    session.clear()
