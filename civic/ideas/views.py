"""Pages of ideas: the list, one idea, and what its author and its administration do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, flash, redirect, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.activity.queries import history
from civic.attachments import queries as attachments
from civic.comments.forms import CommentForm
from civic.comments.queries import Thread, thread
from civic.contributions import queries as contributions
from civic.core import clock, diff, html, paging
from civic.core.language import current_language, slugify, translate
from civic.core.numbers import number_in
from civic.core.page import go_to, page, wants_fragment
from civic.core.policy import demand
from civic.core.urls import url_for
from civic.follows import queries as follows
from civic.ideas import filters as addresses
from civic.ideas import policy, queries, service
from civic.ideas.address import url_of_idea
from civic.ideas.forms import MOST_BODY, DecideForm, FilterForm, IdeaForm, WithdrawForm
from civic.ideas.models import Idea, IdeaDraft, IdeaState, IdeaVersion, WithdrawalReason
from civic.municipalities import queries as municipalities
from civic.organisations.current import voices
from civic.topics import queries as topics
from civic.votes import queries as votes

bp = Blueprint("ideas", __name__, url_prefix="/ideen")

PAGE_SIZE = 20
#: Words of the address for each order; the first is the one that a list begins with.
SORTS = {
    "neueste": "newest",
    "unterstuetzt": "supported",
    "diskutiert": "discussed",
    "gefragt": "trending",
    "zufall": "random",
}
#: Acts that stand on the life line of an idea.
MILESTONES = (
    "idea.submitted",
    "idea.edited",
    *(f"idea.{state.value}" for state in IdeaState),
    "moderation.hidden",
    "moderation.blocked",
    "moderation.restored",
)
ANSWER_VERBS = tuple(f"idea.{state.value}" for state in service.ANSWERS)


@dataclass(frozen=True)
class Wanted:
    """What the address of the list asks for; anything unknown in it is left aside."""

    filters: queries.Filters
    sort: str
    seed: int
    cursor: str

    @property
    def shared(self) -> dict[str, str | list[str]]:
        """The part of the address that is of no one person: for the feed and a saved search."""
        return addresses.address(self.filters)

    @property
    def known_as(self) -> str:
        """A name of this filter for the count; none where it is of one person."""
        is_shared = not (self.filters.own or self.filters.followed)
        return f"ideas {self.shared}" if is_shared else ""

    @property
    def active(self) -> int:
        f = self.filters
        return sum(map(bool, (f.text, f.municipality, f.topics, f.state, f.own, f.followed)))


def wanted() -> Wanted:
    """Read the address. Values that no list offers are ignored."""
    args = request.args
    is_member = actor().is_authenticated
    filters = replace(
        addresses.read(args.to_dict(flat=False)),
        own=is_member and "eigene" in args,
        followed=is_member and "gemerkt" in args,
    )
    sort = SORTS.get(args.get("sortierung", ""), "newest")
    return Wanted(filters, sort, number_in(args.get("los")), args.get("nach", ""))


@bp.get("")
def index() -> Response:
    """The list with its filters; htmx gets the results alone."""
    asked = wanted()
    statement = queries.listing(actor(), asked.filters)
    window = paging.window(
        statement, queries.order_of(asked.sort, asked.filters, asked.seed), asked.cursor, PAGE_SIZE
    )
    return page(
        "ideas/index.html",
        fragment="idea_list",
        asked=asked,
        unclear=municipalities.unclear(request.args.get("kommune", ""), asked.filters.municipality),
        form=filter_form(asked),
        window=window,
        count=paging.count(queries.found(actor(), asked.filters), asked.known_as),
        followed=follows.followed(actor(), [card.id for card in window.items]),
        sorts=SORTS,
        fresh_seed=fresh_seed(),
    )


def fresh_seed() -> int:
    """Where the random order begins; a new number each hour, so that pages stay cacheable."""
    return int(clock.now().timestamp() // 3600) % 1_000_000


def filter_form(asked: Wanted) -> FilterForm:
    form = FilterForm(request.args)
    form.offer(asked.filters.municipality)
    form.status.choices = [
        ("", _("All")),
        *((state.value, translate(state.label)) for state in IdeaState),
        (queries.OVERDUE, _("Answer overdue")),
    ]
    return form


@bp.get("/<int:id>")
@bp.get("/<int:id>-<slug>")
def show(id: int, slug: str = "") -> BaseResponse:
    """The page of an idea; an old or missing slug leads to the present one."""
    idea = queries.get(actor(), id)
    if slug != slugify(idea.title):
        return redirect(url_of_idea(idea), 301)
    return page(
        "ideas/show.html",
        idea=idea,
        **life_of(idea),
        later=contributions.later(idea),
        files=attachments.of_thing(actor(), idea),
        topics=topics.of_thing(idea.id),
        my_vote=votes.my_vote(actor(), idea),
        older_votes=older_votes(idea),
        is_followed=bool(follows.followed(actor(), [idea.id])),
        follower_count=follows.follower_count(idea),
        thread=talk_about(idea),
        comment_form=CommentForm(formdata=None),
    )


def talk_about(idea: Idea) -> Thread:
    """The page of comments that the address asks for."""
    args = request.args
    return thread(actor(), idea, sort=args.get("sortierung", ""), cursor=args.get("nach", ""))


def life_of(idea: Idea) -> dict[str, Any]:
    """What has happened to it, newest first, and of that the last change and the last answer."""
    acts = history(idea, MILESTONES)
    return {
        "acts": acts,
        "edited": next((act for act in acts if act.verb == "idea.edited"), None),
        "answer": next((act for act in acts if act.verb in ANSWER_VERBS and act.note), None),
    }


def older_votes(idea: Idea) -> int:
    """How many supports were given for an earlier text."""
    if idea.version == 1:
        return 0
    by_version = votes.votes_by_version(idea)
    return sum(number for version, number in by_version.items() if version < idea.version)


@bp.route("/neu", methods=["GET", "POST"])
@login_required
def new() -> BaseResponse:
    """Write an idea: one page, a draft kept on the way."""
    draft = queries.draft_of(actor())
    form = idea_form(data_of_draft(draft))
    if "draft" in request.form:
        return keep_draft(form)
    if form.validate_on_submit() and (municipality := form.municipality.place):
        with form.rules():
            named = form.organisation.organisation
            idea = service.submit_idea(actor(), municipality, organisation=named, **texts_of(form))
            flash(_("Thank you. Your idea is published."), "success")
            return go_to(url_of_idea(idea))
    return page(
        "ideas/new.html",
        form=form,
        draft=draft,
        similar=queries.similar(actor(), form.title.data or ""),
        status=form.status,
    )


def idea_form(data: dict[str, object]) -> IdeaForm:
    form = IdeaForm(data=data)
    form.municipality.offer(municipalities)
    form.organisation.offer(voices())
    if request.method == "GET":
        form.organisation.point_at(request.args.get("organisation", ""))
    form.topics.choices = topics.choices(current_language())
    return form


def data_of_draft(draft: IdeaDraft | None) -> dict[str, object]:
    """What the form begins with: the draft, else what the link that led here says."""
    asked = municipalities.addressed(request.args.get("kommune", ""))
    home = asked or municipalities.by_id(actor().home_id)
    if draft is None:
        return {"title": request.args.get("title", "")[:120], "municipality": home}
    return {
        "title": draft.title,
        "body": draft.body,
        "place": draft.place,
        "topics": draft.topics,
        "municipality": municipalities.by_id(draft.municipality_id) or home,
        "organisation": str(draft.organisation_id or ""),
    }


def texts_of(form: IdeaForm) -> dict[str, Any]:
    return {
        "title": form.title.data or "",
        "body": form.body.data or "",
        "place": form.place.data or "",
        "slugs": form.topics.data or [],
    }


def keep_draft(form: IdeaForm) -> BaseResponse:
    """Save what is typed, however unfinished; no rule of an idea applies to a draft."""
    municipality = form.municipality.place
    draft = service.save_draft(
        actor(),
        municipality_id=municipality.id if municipality else None,
        organisation=form.organisation.organisation,
        **texts_of(form),
    )
    if wants_fragment():
        return page("ideas/new.html", fragment="draft_state", draft=draft)
    flash(_("Your draft is saved. Only you can see it."), "success")
    return redirect(url_for("ideas.new"), 303)


@bp.post("/entwurf")
@login_required
def draft() -> BaseResponse:
    """Save the draft while somebody types (htmx), or by the button."""
    return keep_draft(idea_form({}))


@bp.post("/entwurf/verwerfen")
@login_required
def discard() -> BaseResponse:
    """Throw the draft away."""
    service.discard_draft(actor())
    flash(_("Your draft is thrown away."), "info")
    return go_to(url_for("ideas.index"))


@bp.get("/aehnlich")
def similar() -> Response:
    """Ideas like the title that somebody is typing."""
    title = request.args.get("title", "")[:120]
    found = queries.similar(actor(), title)
    return page("ideas/similar.html", fragment="similar", title=title, similar=found)


@bp.post("/vorschau")
@login_required
def preview() -> Response:
    """The text as it will look."""
    body = request.form.get("body", "")[:MOST_BODY]
    return page("ideas/preview.html", fragment="body_preview", body_html=html.render(body))


@bp.route("/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def edit(id: int) -> BaseResponse:
    """Change an idea; after the first vote this makes a new version."""
    idea = queries.get(actor(), id)
    demand(policy.may_edit, actor(), idea)
    form = idea_form(data_of_idea(idea))
    del form.municipality, form.organisation
    if form.validate_on_submit():
        with form.rules():
            seen = number_in(form.seen.data)
            service.edit_idea(actor(), idea, seen=seen, **texts_of(form))
            flash(_("Your changes are saved."), "success")
            return go_to(url_of_idea(idea))
    return page("ideas/edit.html", form=form, idea=idea, status=form.status)


def data_of_idea(idea: Idea) -> dict[str, object]:
    return {
        "title": idea.title,
        "body": idea.body,
        "place": idea.place,
        "topics": [topic.slug for topic in topics.of_thing(idea.id)],
        "seen": str(idea.version),
    }


@bp.route("/<int:id>/zurueckziehen", methods=["GET", "POST"])
@login_required
def withdraw(id: int) -> BaseResponse:
    """Take an idea back with a reason; the page says what stays."""
    idea = queries.get(actor(), id)
    demand(policy.may_withdraw, actor(), idea)
    form = WithdrawForm()
    form.code.choices = [(code.value, translate(code.label)) for code in WithdrawalReason]
    if form.validate_on_submit():
        with form.rules():
            code = WithdrawalReason(form.code.data)
            service.withdraw_idea(actor(), idea, code=code, text=form.text.data or "")
            flash(_("You have withdrawn the idea. The page and its votes stay."), "info")
            return go_to(url_of_idea(idea))
    return page("ideas/withdraw.html", form=form, idea=idea, status=form.status)


@bp.route("/<int:id>/entscheiden", methods=["GET", "POST"])
@login_required
def decide(id: int) -> BaseResponse:
    """The administration says where an idea stands."""
    idea = queries.get(actor(), id)
    demand(policy.may_decide, actor(), idea)
    form = DecideForm()
    options = policy.DECISIONS[IdeaState(idea.state)]
    form.state.choices = [(state.value, translate(state.label)) for state in options]
    if form.validate_on_submit():
        with form.rules():
            state = IdeaState(form.state.data)
            service.decide_idea(actor(), idea, state=state, reason=form.reason.data or "")
            flash(_("Your answer is published."), "success")
            return go_to(url_of_idea(idea))
    return page("ideas/decide.html", form=form, idea=idea, status=form.status)


@bp.get("/<int:id>/fassungen")
def versions(id: int) -> Response:
    """Every text that the idea has had, with what changed from one to the next."""
    idea = queries.get(actor(), id)
    cursor, order = request.args.get("nach", ""), queries.LATEST_VERSION
    window = paging.window(queries.versions(idea), order, cursor, PAGE_SIZE, scalars=True)
    return page(
        "ideas/versions.html",
        fragment="version_list",
        idea=idea,
        window=window,
        entries=changes_of(idea, window.items),
        counts=votes.votes_by_version(idea),
    )


def changes_of(
    idea: Idea, texts: Sequence[IdeaVersion]
) -> list[tuple[IdeaVersion, list[tuple[str, str]] | None]]:
    """Each text with what changed from the one before; None for the first of all."""
    last = queries.version_before(idea, texts[-1].number) if texts else None
    return [
        (text, diff.lines(words_of(before), words_of(text)) if before else None)
        for text, before in zip(texts, [*texts[1:], last], strict=True)
    ]


def words_of(text: IdeaVersion) -> str:
    return f"{text.title}\n\n{text.body}"
