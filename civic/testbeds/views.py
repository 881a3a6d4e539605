"""Pages of test beds: the list, one of them, and what both sides of a pilot do."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from flask import Blueprint, Response, flash, redirect, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.attachments import queries as attachments
from civic.comments.forms import CommentForm
from civic.comments.queries import Thread, thread
from civic.contributions import queries as contributions
from civic.contributions.address import listed_kinds, url_of
from civic.contributions.models import Contribution
from civic.core import html, maps, paging
from civic.core.errors import RuleBroken
from civic.core.language import N_, current_language, slugify, translate
from civic.core.numbers import number_in
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.follows import queries as follows
from civic.municipalities import queries as municipalities
from civic.testbeds import filters as addresses
from civic.testbeds import policy, queries, service
from civic.testbeds.address import url_of_testbed
from civic.testbeds.forms import (
    MOST_BODY,
    ApplyForm,
    DecideForm,
    FilterForm,
    FinishForm,
    TestbedForm,
)
from civic.testbeds.models import Pilot, Testbed, TestbedState
from civic.testbeds.service import Offer
from civic.topics import queries as topics

bp = Blueprint("testbeds", __name__, url_prefix="/erprobungsraeume")

PAGE_SIZE = 20
#: Pilots of each kind on the page of a test bed; the others have a page of their own.
FEW = 5
#: In the address of that page: those that run now, and not those that are finished.
RUNNING = "laufend"
#: Words of the address for each order; the first is the one that a list begins with.
SORTS = {"neueste": "newest", "name": "name"}
#: What is said of a test bed, and the fields of the form that are called otherwise.
OFFERED = tuple(field.name for field in fields(Offer))
FIELDS = {"rules": "house_rules"}
#: The choice of an application that is named by its number.
ANOTHER = "another"


@dataclass(frozen=True)
class Wanted:
    """What the address of the list asks for; anything unknown in it is left aside."""

    filters: queries.Filters
    sort: str
    is_map: bool

    @property
    def shared(self) -> dict[str, str | list[str]]:
        return addresses.address(self.filters)

    @property
    def active(self) -> int:
        return len(self.shared)


def wanted() -> Wanted:
    """Read the address. Values that no list offers are ignored."""
    args = request.args
    sort = SORTS.get(args.get("sortierung", ""), "newest")
    filters = addresses.read(args.to_dict(flat=False))
    return Wanted(filters, sort, args.get("ansicht") == "karte")


@bp.get("")
def index() -> Response:
    """The list with its filters, with or without the map; htmx gets the results alone."""
    asked = wanted()
    cursor = request.args.get("nach", "")
    order = queries.ORDERS[asked.sort]
    window = paging.window(queries.listing(asked.filters), order, cursor, PAGE_SIZE)
    return page(
        "testbeds/index.html",
        fragment="testbed_list",
        asked=asked,
        unclear=municipalities.unclear(request.args.get("kommune", ""), asked.filters.municipality),
        form=filter_form(asked),
        window=window,
        count=paging.count(queries.found(asked.filters), f"testbeds {asked.shared}"),
        marks=queries.marked(asked.filters) if asked.is_map else (),
        most_marks=maps.MOST,
        followed=follows.followed(actor(), [card.id for card in window.items]),
        workplace=queries.workplace(actor()),
        sorts=SORTS,
    )


def filter_form(asked: Wanted) -> FilterForm:
    form = FilterForm(request.args)
    form.offer(asked.filters.municipality)
    states = ((state.value, translate(state.label)) for state in TestbedState)
    form.status.choices = [("", _("All")), *states]
    return form


@bp.get("/<int:id>")
@bp.get("/<int:id>-<slug>")
def show(id: int, slug: str = "") -> BaseResponse:
    """The page of a test bed; an old or missing slug leads to the present one."""
    testbed = queries.get(actor(), id)
    if slug != slugify(testbed.title):
        return redirect(url_of_testbed(testbed), 301)
    return page(
        "testbeds/show.html",
        testbed=testbed,
        room=queries.room_in(testbed),
        running=pilots_in(testbed, "", FEW, is_running=True),
        finished=pilots_in(testbed, "", FEW, is_running=False),
        mine=queries.mine(actor(), testbed),
        counts=queries.count_by_state(testbed) if policy.may_edit(actor(), testbed) else {},
        topics=topics.of_thing(testbed.id),
        files=attachments.of_thing(actor(), testbed),
        is_followed=bool(follows.followed(actor(), [testbed.id])),
        follower_count=follows.follower_count(testbed),
        thread=talk_about(testbed),
        comment_form=CommentForm(formdata=None),
    )


def talk_about(testbed: Testbed) -> Thread:
    """The page of comments that the address asks for."""
    args = request.args
    return thread(actor(), testbed, sort=args.get("sortierung", ""), cursor=args.get("nach", ""))


def pilots_in(
    testbed: Testbed, cursor: str, size: int, *, is_running: bool
) -> paging.Window[Pilot]:
    return paging.window(
        queries.under_way() if is_running else queries.finished(),
        queries.LATEST,
        cursor,
        size,
        params={"testbed": testbed.id},
        scalars=True,
    )


@bp.get("/<int:id>/erprobungen")
def results(id: int) -> Response:
    """All pilots that have come to an end in a test bed, or all that run in it."""
    testbed = queries.get(actor(), id)
    is_running = request.args.get("stand") == RUNNING
    cursor = request.args.get("nach", "")
    return page(
        "testbeds/results.html",
        fragment="result_list",
        testbed=testbed,
        window=pilots_in(testbed, cursor, PAGE_SIZE, is_running=is_running),
        is_running=is_running,
    )


@bp.route("/neu", methods=["GET", "POST"])
@login_required
def new() -> BaseResponse:
    """Open a test bed: for the administration of a municipality."""
    asked = municipalities.addressed(request.args.get("kommune", ""))
    workplace = asked or queries.workplace(actor())
    demand(policy.may_begin, actor(), workplace)
    form = testbed_form({"municipality": workplace, "capacity": 1})
    form.municipality.offer(municipalities)
    if form.validate_on_submit() and (municipality := form.municipality.place):
        if not policy.may_open(actor(), municipality):
            form.add_error(_("You can open test beds only where you work."), "municipality")
        with form.rules():
            if not form.errors:
                return open_from(form, municipality)
    return page("testbeds/new.html", form=form, status=form.status)


def open_from(form: TestbedForm, municipality: Any) -> BaseResponse:
    slugs = form.topics.data or []
    testbed = service.open_testbed(actor(), municipality, offer_of(form), slugs=slugs)
    flash(_("The test bed is open. People can apply now."), "success")
    return go_to(url_of_testbed(testbed))


def testbed_form(data: dict[str, Any]) -> TestbedForm:
    form = TestbedForm(data=data)
    form.topics.choices = topics.choices(current_language())
    return form


def offer_of(form: TestbedForm) -> Offer:
    """What the form says; a field that was left empty says nothing."""
    given = {name: form[FIELDS.get(name, name)].data for name in OFFERED}
    return Offer(**{name: value for name, value in given.items() if value is not None})


@bp.post("/vorschau")
@login_required
def preview() -> Response:
    """The text as it will look."""
    body = request.form.get("body", "")[:MOST_BODY]
    return page("testbeds/preview.html", fragment="body_preview", body_html=html.render(body))


@bp.route("/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit(id: int) -> BaseResponse:
    """Change what is said of a test bed."""
    testbed = queries.get(actor(), id)
    demand(policy.may_edit, actor(), testbed)
    form = testbed_form(data_of(testbed))
    del form.municipality
    if form.validate_on_submit():
        with form.rules():
            seen, slugs = number_in(form.seen.data), form.topics.data or []
            service.edit_testbed(actor(), testbed, offer_of(form), slugs=slugs, seen=seen)
            flash(_("Your changes are saved."), "success")
            return go_to(url_of_testbed(testbed))
    return page("testbeds/edit.html", form=form, testbed=testbed, status=form.status)


def data_of(testbed: Testbed) -> dict[str, Any]:
    offer = {FIELDS.get(name, name): getattr(testbed, name) for name in OFFERED}
    slugs = [topic.slug for topic in topics.of_thing(testbed.id)]
    return offer | {"topics": slugs, "seen": str(testbed.version)}


@bp.route("/<int:id>/schliessen", methods=["GET", "POST"])
@login_required
def close(id: int) -> BaseResponse:
    """Take no more applications; the page says what goes on."""
    testbed = queries.get(actor(), id)
    demand(policy.may_close, actor(), testbed)
    counts = queries.count_by_state(testbed)
    if request.method == "POST":
        service.close_testbed(actor(), testbed)
        flash(_("The test bed takes no more applications. You can open it again."), "info")
        return go_to(url_of_testbed(testbed))
    return page("testbeds/close.html", testbed=testbed, counts=counts)


@bp.post("/<int:id>/oeffnen")
@login_required
def reopen(id: int) -> BaseResponse:
    """Take applications again."""
    testbed = queries.get(actor(), id)
    service.reopen_testbed(actor(), testbed)
    flash(_("The test bed takes applications again."), "success")
    return go_to(url_of_testbed(testbed))


@bp.route("/<int:id>/bewerben", methods=["GET", "POST"])
@login_required
def apply(id: int) -> BaseResponse:
    """Ask for a place for something that one keeps."""
    testbed = queries.get(actor(), id)
    form = apply_form()
    if form.validate_on_submit():
        with form.rules():
            pilot = apply_from(form, testbed)
            flash(_("Your application is sent. You hear of the answer."), "success")
            return go_to(url_for("testbeds.pilot", id=pilot.id))
    return page("testbeds/apply.html", form=form, testbed=testbed, status=form.status)


def apply_from(form: ApplyForm, testbed: Testbed) -> Pilot:
    return service.apply(
        actor(),
        testbed,
        thing_of(form),
        plan=form.plan.data or "",
        begins_on=form.begins_on.data,
        ends_on=form.ends_on.data,
    )


def apply_form() -> ApplyForm:
    """Offers what the person published, and what the link that led here names."""
    given = number_in(request.args.get("beitrag"))
    form = ApplyForm(data={"thing": str(given) if given else ""})
    things = {thing.id: thing.title for thing in queries.to_try(actor(), listed_kinds())}
    if given and policy.may_try(actor(), thing := contributions.get(actor(), given)):
        things = {thing.id: thing.title} | things
    choices = [(str(id), title) for id, title in things.items()]
    form.thing.choices = [*choices, (ANOTHER, _("Another contribution"))]
    return form


def thing_of(form: ApplyForm) -> Contribution:
    """What somebody wants to try. Raises `RuleBroken` where they may not ask for it."""
    if form.thing.data != ANOTHER:
        return contributions.get(actor(), number_in(form.thing.data))
    thing = queries.by_reference(actor(), form.reference.data or "")
    if thing is None:
        raise RuleBroken(N_("We know no contribution with this number."), "reference")
    if not policy.may_try(actor(), thing):
        raise RuleBroken(
            N_(
                "You can apply for what you, your team or your organisation keep and still work on."
            ),
            "reference",
        )
    return thing


@bp.get("/<int:id>/bewerbungen")
@login_required
def applications(id: int) -> Response:
    """Everything that was asked for in a test bed, for its administration alone."""
    testbed = queries.get(actor(), id)
    demand(policy.may_edit, actor(), testbed)
    window = paging.window(
        queries.applications(),
        queries.LATEST,
        request.args.get("nach", ""),
        PAGE_SIZE,
        params={"testbed": testbed.id},
        scalars=True,
    )
    room = queries.room_in(testbed)
    return page(
        "testbeds/applications.html",
        fragment="application_list",
        testbed=testbed,
        window=window,
        room=room,
    )


@bp.get("/bewerbungen/<int:id>")
def pilot(id: int) -> Response:
    """An application or a pilot: what was planned, what was answered, what came of it."""
    pilot = queries.pilot(actor(), id)
    return page("testbeds/pilot.html", pilot=pilot, room=queries.room_in(pilot.testbed))


@bp.route("/bewerbungen/<int:id>/entscheiden", methods=["GET", "POST"])
@login_required
def decide(id: int) -> BaseResponse:
    """The administration admits or refuses."""
    pilot = queries.pilot(actor(), id)
    demand(policy.may_decide, actor(), pilot)
    form = DecideForm()
    form.decision.choices = [("admit", _("Admit it")), ("refuse", _("Refuse it"))]
    if form.validate_on_submit():
        with form.rules():
            admit = form.decision.data == "admit"
            service.decide(actor(), pilot, admit=admit, reason=form.reason.data or "")
            flash(_("Your decision is sent."), "success")
            return go_to(url_for("testbeds.pilot", id=pilot.id))
    room = queries.room_in(pilot.testbed)
    return page("testbeds/decide.html", form=form, pilot=pilot, room=room, status=form.status)


@bp.route("/bewerbungen/<int:id>/zurueckziehen", methods=["GET", "POST"])
@login_required
def withdraw(id: int) -> BaseResponse:
    """Take an application back; the page asks once more."""
    pilot = queries.pilot(actor(), id)
    demand(policy.may_withdraw, actor(), pilot)
    if request.method == "POST":
        service.withdraw(actor(), pilot)
        flash(_("Your application is withdrawn."), "info")
        return go_to(url_of(pilot.testbed))
    return page("testbeds/withdraw.html", pilot=pilot)


@bp.route("/bewerbungen/<int:id>/abschliessen", methods=["GET", "POST"])
@login_required
def finish(id: int) -> BaseResponse:
    """Say that a pilot is over and what came of it."""
    pilot = queries.pilot(actor(), id)
    demand(policy.may_finish, actor(), pilot)
    form = FinishForm()
    if form.validate_on_submit():
        with form.rules():
            service.finish(actor(), pilot, result=form.result.data or "")
            flash(_("Thank you. The result is published, and the place is free."), "success")
            return go_to(url_for("testbeds.pilot", id=pilot.id))
    return page("testbeds/finish.html", form=form, pilot=pilot, status=form.status)
