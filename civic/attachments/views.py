"""Files: reading them, the page of all files of a thing, adding, describing, removing."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.attachments import policy, queries, service
from civic.attachments.forms import FileForm, TakeDownForm, WordsForm
from civic.attachments.models import Attachment
from civic.contributions import queries as contributions
from civic.contributions.address import url_of
from civic.contributions.models import Contribution
from civic.core import pictures
from civic.core.db import release
from civic.core.errors import Missing
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.security import takes_files
from civic.core.storage import store
from civic.core.urls import url_for

bp = Blueprint("attachments", __name__)

#: The bytes of an address never change; what was hidden meanwhile must go from here in a day.
PUBLIC_AGE = 86_400
#: Whatever a file holds, nothing in it may run, load or show itself as a page of ours.
LOCKED = "sandbox; default-src 'none'"


# -- reading ---------------------------------------------------------------------------------


@bp.get("/anhaenge/<int:id>/<int:width>.webp")
def image(id: int, width: int) -> Response:
    """A picture in one of its widths."""
    file = queries.get(actor(), id)
    if width not in file.widths:
        raise Missing
    return _delivered(file, file.key_of(width), pictures.MEDIA_TYPE)


@bp.get("/anhaenge/<int:id>/<name>")
def document(id: int, name: str) -> Response:
    """A document, to be saved and never shown."""
    file = queries.get(actor(), id)
    if file.is_image or name != file.name:
        raise Missing
    saved_as = disposition(file.name)
    response = _delivered(file, file.document_key, file.media_type)
    response.headers["Content-Disposition"] = saved_as
    return response


def disposition(name: str) -> str:
    """To be saved under this name (RFC 6266), which old programs get in plain letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, _dot, end = "".join(c for c in plain if c.isalnum() or c in " .-_()").rpartition(".")
    safe = f"{' '.join(stem.split()) or 'datei'}.{end}"
    return f"attachment; filename=\"{safe}\"; filename*=UTF-8''{quote(name, safe='')}"


def _delivered(file: Attachment, key: str, media_type: str) -> Response:
    """The bytes; who has them already is told so, and the store is not asked."""
    is_public, mark = policy.is_public(file), key.rpartition("/")[2]
    release()
    response = Response(content_type=media_type)
    response.set_etag(mark)
    if request.if_match or not request.if_none_match.contains(mark):
        with store().open(key) as source:
            response.set_data(source.read())
    if is_public:
        response.cache_control.public = True
        response.cache_control.max_age = PUBLIC_AGE
        response.cache_control.immutable = True
    else:
        response.cache_control.private = True
        response.cache_control.no_store = True
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Content-Security-Policy"] = LOCKED
    response.make_conditional(request)
    return response


# -- the files of a thing --------------------------------------------------------------------


@bp.route("/beitraege/<int:id>/anhaenge", methods=["GET", "POST"])
@login_required
@takes_files
def index(id: int) -> BaseResponse:
    """All files of a thing, for those who care for it, and the form that adds one."""
    thing = contributions.get(actor(), id)
    demand(policy.may_manage, actor(), thing)
    form = FileForm(is_inner=bool(request.args.get("innen")))
    form.fit(thing)
    if form.validate_on_submit():
        with form.rules():
            _add(thing, form)
            flash(_("The file is saved."), "success")
            return go_to(url_for(".index", id=id))
    return page(
        "attachments/index.html",
        about=thing,
        files=queries.of_thing(actor(), thing),
        form=form,
        accept=_accepted(thing),
        status=form.status,
    )


def _add(thing: Contribution, form: FileForm) -> None:
    file = form.file.data
    service.add_file(
        actor(),
        thing,
        data=file.read(),
        name=file.filename or "",
        alt=form.alt.data or "",
        is_inner=form.inner,
    )


def _accepted(thing: Contribution) -> str:
    """What the dialog of the browser offers; what is taken is decided by the content."""
    documents = f",{service.ACCEPT}" if thing.municipality.takes_documents else ""
    return pictures.ACCEPT + documents


# -- one file --------------------------------------------------------------------------------


@bp.route("/anhaenge/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit(id: int) -> BaseResponse:
    """The words beside a picture, and who sees the file."""
    file, thing = _file(id)
    demand(policy.may_change, actor(), file)
    form = WordsForm(obj=file)
    form.fit_to(file, thing)
    if form.validate_on_submit():
        with form.rules():
            is_inner = form.inner if thing.has_inside else None
            service.edit_file(actor(), file, alt=form.words, is_inner=is_inner)
            flash(_("The change is saved."), "success")
            return go_to(url_for(".index", id=thing.id))
    return page("attachments/edit.html", about=thing, file=file, form=form, status=form.status)


@bp.route("/anhaenge/<int:id>/entfernen", methods=["GET", "POST"])
@login_required
def remove(id: int) -> BaseResponse:
    """Ask once more, then remove the file for good."""
    file, thing = _file(id)
    demand(policy.may_change, actor(), file)
    if request.method == "POST":
        back = url_for(".index", id=thing.id)
        service.remove_file(actor(), file)
        flash(_("The file is removed."), "success")
        return go_to(back)
    return page("attachments/remove.html", about=thing, file=file)


@bp.route("/anhaenge/<int:id>/herausnehmen", methods=["GET", "POST"])
@login_required
def take_down(id: int) -> BaseResponse:
    """The moderation removes a file and says why."""
    file, thing = _file(id)
    demand(policy.may_take_down, actor(), file)
    form = TakeDownForm()
    if form.validate_on_submit():
        with form.rules():
            service.take_down(actor(), file, reason=form.reason.data)
            flash(_("The file is removed. Who added it gets your reason by mail."), "success")
            return go_to(url_of(thing))
    return page("attachments/take_down.html", about=thing, file=file, form=form, status=form.status)


def _file(id: int) -> tuple[Attachment, Contribution]:
    """A file that the person sees, and its thing."""
    file = queries.get(actor(), id)
    if file.contribution is None:
        raise Missing
    return file, file.contribution
