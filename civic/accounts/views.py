"""Pages of the account: coming in, and /konto with everything a person may change there."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, session
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts import policy, queries, service
from civic.accounts.current import (
    actor,
    current_session,
    device,
    farewells,
    member,
    sign_browser_in,
    sign_browser_out,
    source,
    speak,
)
from civic.accounts.forms import (
    AddressForm,
    DeleteForm,
    EmailForm,
    NewPasswordForm,
    PasswordForm,
    ProfileForm,
    SignInForm,
    SignUpForm,
)
from civic.accounts.models import AccountToken, TokenPurpose
from civic.core import clock
from civic.core.db import db
from civic.core.language import current_language
from civic.core.page import go_to, page
from civic.core.redirects import safe_next
from civic.core.urls import url_for
from civic.municipalities import queries as municipalities

bp = Blueprint("accounts", __name__)

#: Where somebody wanted to go who first has to open an account, kept in their browser.
AIM = "aim"


# -- coming in -------------------------------------------------------------------------------


@bp.route("/registrieren", methods=["GET", "POST"])
def sign_up() -> BaseResponse:
    """Open an account. The answer is the same whether the address is known or not."""
    if actor().is_authenticated:
        return go_to(url_for(".overview"))
    remember_aim()
    form = SignUpForm()
    form.home.offer(municipalities)
    if form.validate_on_submit():
        with form.rules():
            service.sign_up(
                actor(),
                email=form.email.data,
                name=form.name.data,
                password=form.password.data,
                home=form.home.place,
                language=current_language(),
                source=source(),
            )
            return go_to(url_for(".sent"))
    return page("accounts/sign_up.html", fragment="sign_up_form", form=form, status=form.status)


def remember_aim() -> None:
    """An invitation led here, say: after the mail with its link the way goes back there."""
    if aim := safe_next(request.args.get("next"), ""):
        session[AIM] = aim


@bp.route("/registrieren/gesendet", methods=["GET", "POST"])
def sent() -> BaseResponse:
    """After signing up: look into your mail; and the way to have it sent once more."""
    form = AddressForm()
    if form.validate_on_submit():
        with form.rules():
            service.send_again(actor(), email=form.email.data, source=source())
            flash(_("If this address waits to be confirmed, a new mail is on its way."), "info")
            return go_to(url_for(".sent"))
    return page("accounts/sent.html", form=form, unconfirmed=False, status=form.status)


@bp.route("/bestaetigen/<token>", methods=["GET", "POST"])
def confirm(token: str) -> BaseResponse:
    """Confirm the address by a button: programs that follow links in mails press none."""
    link = live_link(token, TokenPurpose.CONFIRM)
    if link is None:
        return dead_link()
    if request.method == "POST":
        service.confirm_address(actor(), token)
        flash(_("Your address is confirmed. You can sign in now."), "success")
        return go_to(url_for(".sign_in"))
    return page("accounts/confirm.html", email=link.email, token=token)


def live_link(token: str, purpose: TokenPurpose) -> AccountToken | None:
    return queries.live_token(token, purpose, clock.now())


def dead_link() -> Response:
    return page("accounts/dead_link.html", status=404)


@bp.route("/anmelden", methods=["GET", "POST"])
def sign_in() -> BaseResponse:
    """Sign in and go on where the person wanted to go."""
    aim = safe_next(request.values.get("next") or session.get(AIM), url_for(".overview"))
    if actor().is_authenticated:
        return go_to(aim)
    form = SignInForm()
    if form.validate_on_submit():
        with form.rules():
            entry = service.sign_in(
                actor(),
                email=form.email.data,
                password=form.password.data,
                device=device(),
                source=source(),
            )
            if entry.token is None:
                return page("accounts/sent.html", form=AddressForm(), unconfirmed=True)
            sign_browser_in(entry.token, entry.user)
            return go_to(aim)
    form.next.data = aim
    return page("accounts/sign_in.html", fragment="sign_in_form", form=form, status=form.status)


@bp.post("/abmelden")
def sign_out() -> BaseResponse:
    """End the session of this browser."""
    if actor().is_authenticated:
        service.close_session(actor(), current_session().id)
    sign_browser_out()
    flash(_("You are signed out."), "success")
    return go_to(url_for("home.index"))


@bp.route("/passwort-vergessen", methods=["GET", "POST"])
def forgot() -> BaseResponse:
    """Ask for a link for a new password."""
    form = AddressForm()
    if form.validate_on_submit():
        with form.rules():
            service.request_reset(actor(), email=form.email.data, source=source())
            return go_to(url_for(".forgot_sent"))
    return page("accounts/forgot.html", form=form, status=form.status)


@bp.get("/passwort-vergessen/gesendet")
def forgot_sent() -> Response:
    """Look into your mail; the same words for every address."""
    return page("accounts/forgot_sent.html")


@bp.route("/passwort-neu/<token>", methods=["GET", "POST"])
def reset(token: str) -> BaseResponse:
    """Choose a new password with the mailed link."""
    link = live_link(token, TokenPurpose.RESET)
    if link is None:
        return dead_link()
    form = NewPasswordForm()
    if form.validate_on_submit():
        with form.rules():
            service.reset_password(actor(), token, password=form.password.data)
            sign_browser_out()
            flash(_("Your new password is set. You can sign in with it now."), "success")
            return go_to(url_for(".sign_in"))
    return page("accounts/reset.html", form=form, token=token, status=form.status)


# -- /konto ----------------------------------------------------------------------------------


@bp.get("/konto")
@login_required
def overview() -> Response:
    """What is where."""
    return page("accounts/overview.html", user=member())


@bp.route("/konto/profil", methods=["GET", "POST"])
@login_required
def profile() -> BaseResponse:
    """Name, home municipality, language."""
    user = member()
    form = ProfileForm(data={"name": user.name, "home": user.home, "language": user.language})
    form.home.offer(municipalities)
    if form.validate_on_submit():
        with form.rules():
            service.change_profile(
                user,
                name=form.name.data,
                home=form.home.place,
                language=form.language.data,
            )
            flash(_("Your profile is saved."), "success")
            return speak(go_to(url_for(".profile")), form.language.data)
    return page("accounts/profile.html", form=form, status=form.status)


@bp.route("/konto/email", methods=["GET", "POST"])
@login_required
def email() -> BaseResponse:
    """Ask for another address; it counts when the link sent there was opened."""
    form = EmailForm()
    if form.validate_on_submit():
        with form.rules():
            service.request_new_address(actor(), email=form.email.data, password=form.password.data)
            flash(_("We have sent a link to the new address. Please open it."), "info")
            return go_to(url_for(".email"))
    return page("accounts/email.html", form=form, email=member().email, status=form.status)


@bp.route("/konto/email/<token>", methods=["GET", "POST"])
@login_required
def confirm_email(token: str) -> BaseResponse:
    """Confirm the new address, in the account that asked for it."""
    link = live_link(token, TokenPurpose.CHANGE_EMAIL)
    if link is None or link.user_id != member().id:
        return dead_link()
    if request.method == "POST":
        service.confirm_new_address(actor(), token)
        flash(_("Your new e-mail address counts from now on."), "success")
        return go_to(url_for(".email"))
    return page("accounts/confirm_email.html", email=link.email, token=token)


@bp.route("/konto/passwort", methods=["GET", "POST"])
@login_required
def password() -> BaseResponse:
    """Change the password; other browsers are signed out."""
    form = PasswordForm()
    if form.validate_on_submit():
        with form.rules():
            service.change_password(
                actor(),
                current_password=form.current_password.data,
                password=form.password.data,
                keep=current_session().id,
            )
            flash(_("Your password is changed. Other devices are signed out."), "success")
            return go_to(url_for(".password"))
    return page("accounts/password.html", form=form, status=form.status)


@bp.get("/konto/sitzungen")
@login_required
def sessions() -> Response:
    """Where the person is signed in."""
    now = clock.now()
    found = db.session.scalars(
        queries.sessions_of(member(), now - policy.OLDEST, now - policy.IDLE)
    )
    items = [
        {
            "device": one.device or _("Unknown device"),
            "seen_at": one.last_seen_at,
            "current": one.id == current_session().id,
            "url": url_for(".end_session", id=one.id),
        }
        for one in found
        if policy.is_live(one, now)
    ]
    return page("accounts/sessions.html", fragment="session_list", items=items)


@bp.post("/konto/sitzungen/<int:id>/beenden")
@login_required
def end_session(id: int) -> BaseResponse:
    """Sign one browser out."""
    service.close_session(actor(), id)
    flash(_("That device is signed out."), "success")
    return go_to(url_for(".sessions"))


@bp.post("/konto/sitzungen/beenden")
@login_required
def end_other_sessions() -> BaseResponse:
    """Sign all other browsers out."""
    service.close_other_sessions(actor(), keep=current_session().id)
    flash(_("All other devices are signed out."), "success")
    return go_to(url_for(".sessions"))


@bp.route("/konto/loeschen", methods=["GET", "POST"])
@login_required
def delete() -> BaseResponse:
    """Leave: the page says what happens, and asks what shall become of the contributions."""
    form = DeleteForm()
    form.offer()
    if form.validate_on_submit():
        with form.rules():
            service.delete_account(
                actor(),
                password=form.password.data,
                erase=form.contributions.data == "erase",
                forget=farewells(),
            )
            sign_browser_out()
            flash(_("Your account is deleted. Thank you for having been with us."), "success")
            return go_to(url_for("home.index"))
    return page("accounts/delete.html", form=form, status=form.status)
