"""Who is looking: from the browser's cookie to an actor that services can be given."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, g, redirect, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from civic.accounts import policy, queries
from civic.accounts.models import Actor, Nobody, User, UserSession, hash_token
from civic.core import clock
from civic.core.feature import House
from civic.core.language import COOKIE
from civic.core.page import wants_fragment
from civic.core.redirects import safe_next
from civic.core.replica import only_primary
from civic.core.urls import url_for

COOKIE_KEY = "sid"
#: `last_seen_at` is written no more often than this.
TOUCH_EVERY = 300
TOUCH = "civic_touch_session"
#: What a browser says of itself, the telling word first; read in this order.
BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"(Firefox|FxiOS)/"),
    ("Chrome", r"(Chrome|CriOS)/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)

login_manager = LoginManager()
login_manager.login_view = "accounts.sign_in"
login_manager.anonymous_user = Nobody


def init_accounts(app: Flask, touch: Callable[[Actor, int], None]) -> None:
    """Connect Flask-Login. `touch` notes that a session is in use (a command of the service)."""
    login_manager.init_app(app)
    app.config["REMEMBER_COOKIE_DURATION"] = 0
    app.extensions[TOUCH] = touch


@login_manager.request_loader
def load(request: object) -> User | None:
    """The person of a live session; the cookie alone proves nothing."""
    del request
    token = session.get(COOKIE_KEY)
    if not isinstance(token, str):
        return None
    now = clock.now()
    with only_primary():  # a session that was ended is over at once, whatever a replica believes
        found = queries.live_session(hash_token(token), now - policy.OLDEST, now - policy.IDLE)
    if found is None or not policy.is_live(found, now):
        session.clear()
        return None
    if (now - found.last_seen_at).total_seconds() > TOUCH_EVERY:
        current_app.extensions[TOUCH](found.user, found.id)
        return cast("User | None", load(None))
    g.user_session = found
    return found.user


@login_manager.unauthorized_handler
def ask_to_sign_in() -> Response:
    """Send a stranger to the sign-in page, and afterwards back to where they were."""
    flash(_("Please sign in first. Then you can go on here."), "info")
    url = url_for("accounts.sign_in", next=_way_back())
    if wants_fragment():
        return Response(status=200, headers={"HX-Redirect": url})
    return redirect(url, 302)


def _way_back() -> str:
    """The page that was asked for; after a press of a button the page that showed it."""
    if request.method == "GET" and not wants_fragment():
        return safe_next(request.full_path.rstrip("?"), "/")
    try:
        shown = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    except ValueError:  # a header that is no address
        return "/"
    return safe_next(shown._replace(scheme="", netloc="").geturl(), "/")


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


def speak(response: Response, language: str) -> Response:
    """Show the language of the profile from now on, whatever was chosen here before."""
    session["language"] = language
    response.delete_cookie(COOKIE)
    return response


def source() -> str:
    """The network a request comes from, for limits: one address, with IPv6 its /64.

    A household or a server has a whole /64, so a limit on single addresses would stop nobody.
    """
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def device() -> str:
    """Browser and system, as in "Firefox, Android"; empty when the browser says nothing."""
    agent = request.headers.get("User-Agent", "")
    found = (
        next((name for name, sign in kinds if re.search(sign, agent)), "")
        for kinds in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, found))


def farewells() -> list[Callable[..., None]]:
    """What each room does when a person leaves, the upper rooms first."""
    house: House = current_app.extensions["civic"]
    return [feature.forget for feature in reversed(house.features) if feature.forget]
