"""Behind the scenes, for those who run the platform."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.config import Config
from civic.core import paging, replica
from civic.core.assets import find_root
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.core.work import queries as work
from civic.operation import doctor, policy, queries, service, sizes
from civic.operation.places import mail_folder, media_folder
from civic.operation.versions import versions

bp = Blueprint("operation", __name__, url_prefix="/verwaltung/betrieb")

PAGE_SIZE = 20


@bp.get("")
@login_required
def index() -> Response:
    """How the house is doing, at a glance."""
    demand(policy.may_operate, actor())
    config = _config()
    folder = media_folder(config)
    return page(
        "operation/index.html",
        depths={state.value: number for state, number in work.depths().items()},
        oldest=work.oldest_due(),
        failed_mails=queries.failed_mails(),
        last=queries.last_backup(),
        database=sizes.of_database(),
        tables=sizes.of_largest_tables(),
        media=sizes.of_folder(folder) if folder else sizes.of_bucket(),
        mails=sizes.of_folder(mail_folder(config)),
        versions=versions(find_root()),
        replica=replica.state() if config.replica_url else "off",
        redis=queries.redis_state(),
    )


@bp.get("/auftraege")
@login_required
def letters() -> Response:
    """Jobs that were given up."""
    demand(policy.may_operate, actor())
    found = queries.dead_letters()
    return page(
        "operation/letters.html",
        fragment="letter_list",
        count=paging.count(found),
        window=paging.window(
            found, queries.LATEST, request.args.get("nach", ""), PAGE_SIZE, scalars=True
        ),
    )


@bp.post("/auftraege/wiederholen")
@login_required
def retry_all() -> BaseResponse:
    number = service.retry_all_jobs(actor())
    words = ngettext(
        "%(num)s job is in the queue again.", "%(num)s jobs are in the queue again.", number
    )
    flash(words if number else _("There was no job to try again."), "success")
    return go_to(url_for(".letters"))


@bp.post("/auftraege/<int:id>/wiederholen")
@login_required
def retry(id: int) -> BaseResponse:
    service.retry_job(actor(), id)
    flash(_("The job is in the queue again."), "success")
    return go_to(url_for(".letters"))


@bp.route("/auftraege/<int:id>/verwerfen", methods=["GET", "POST"])
@login_required
def drop(id: int) -> Response | BaseResponse:
    """Asks first: what the job should have done will not be done."""
    demand(policy.may_operate, actor())
    job = queries.dead_letter(id)
    if request.method == "POST":
        service.drop_job(actor(), job.id)
        flash(_("The job is dropped."), "success")
        return go_to(url_for(".letters"))
    return page("operation/drop.html", job=job)


@bp.get("/pruefung")
@login_required
def examination() -> Response:
    """The check-up, as far as a person can wait for it; nothing is changed."""
    demand(policy.may_operate, actor())
    patient = doctor.Patient(_config(), find_root(), Path(current_app.config["MIGRATIONS_FOLDER"]))
    found = list(doctor.examine(patient, thorough=False))
    return page(
        "operation/examination.html",
        found=sorted(found, key=lambda each: doctor.WORST_FIRST[each[1].level]),
        left_out=[check for check in doctor.CHECKS if check.is_thorough],
    )


def _config() -> Config:
    config: Config = current_app.extensions["civic_config"]
    return config
