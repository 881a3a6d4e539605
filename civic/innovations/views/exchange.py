"""The exchange ("Börse"): offers and needs, and who fits whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, flash, redirect, request
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from civic.accounts.current import actor
from civic.comments.forms import CommentForm
from civic.comments.queries import Thread, thread
from civic.core import clock, paging
from civic.core.errors import RuleBroken
from civic.core.language import N_, current_language, slugify, translate
from civic.core.numbers import number_in
from civic.core.page import go_to, page
from civic.core.policy import demand
from civic.follows import queries as follows
from civic.innovations import filters as addresses
from civic.innovations import policy, service
from civic.innovations.address.exchange import url_of_exchange
from civic.innovations.forms.exchange import ExchangeForm
from civic.innovations.forms.register import ExchangeFilters
from civic.innovations.models import Direction, Exchange, Innovation
from civic.innovations.queries import exchange as queries
from civic.innovations.views import bp
from civic.municipalities import queries as municipalities
from civic.organisations.current import voices
from civic.topics import queries as topics

PAGE_SIZE = 20
#: How long a new post stands if nobody says otherwise.
USUAL = timedelta(days=90)
NOT_THERE = N_(
    "You post for a municipality whose administration you belong to, or in the name of an "
    "organisation for which you speak."
)
UNKNOWN = N_("We know no innovation with this number. You find it on its page.")


@dataclass(frozen=True)
class Wanted:
    """What the address of the exchange asks for; anything unknown in it is left aside."""

    filters: queries.Filters

    @property
    def shared(self) -> dict[str, str | list[str]]:
        return addresses.exchange_address(self.filters)

    @property
    def active(self) -> int:
        return len(self.shared)


@bp.get("/boerse")
def exchange() -> Response:
    """What is looked for and what is offered; htmx gets the results alone."""
    asked = Wanted(addresses.read_exchange(request.args.to_dict(flat=False)))
    window = paging.window(
        queries.listing(asked.filters), queries.ORDER, request.args.get("nach", ""), PAGE_SIZE
    )
    return page(
        "innovations/exchange.html",
        fragment="exchange_list",
        asked=asked,
        unclear=municipalities.unclear(request.args.get("kommune", ""), asked.filters.municipality),
        form=filter_form(asked),
        window=window,
        count=paging.count(queries.found(asked.filters), f"exchange {asked.shared}"),
        followed=follows.followed(actor(), [card.id for card in window.items]),
    )


def filter_form(asked: Wanted) -> ExchangeFilters:
    form = ExchangeFilters(request.args)
    form.offer(asked.filters.municipality)
    named = ((addresses.DIRECTION_WORDS[one], translate(one.label)) for one in Direction)
    form.richtung.choices = [("", _("Both")), *named]
    return form


@bp.get("/boerse/<int:id>")
@bp.get("/boerse/<int:id>-<slug>")
def exchange_show(id: int, slug: str = "") -> BaseResponse:
    """A post, what fits it on the other side, and what people answer."""
    post = queries.get(actor(), id)
    if slug != slugify(post.title):
        return redirect(url_of_exchange(post), 301)
    return page(
        "innovations/exchange_show.html",
        post=post,
        matches=queries.matches(post) if post.stands else (),
        topics=topics.of_thing(post.id),
        is_followed=bool(follows.followed(actor(), [post.id])),
        thread=talk_about(post),
        comment_form=CommentForm(formdata=None),
    )


def talk_about(post: Exchange) -> Thread:
    """The page of comments that the address asks for."""
    args = request.args
    return thread(actor(), post, sort=args.get("sortierung", ""), cursor=args.get("nach", ""))


@bp.route("/boerse/neu", methods=["GET", "POST"])
@login_required
def exchange_new() -> BaseResponse:
    """Post what is looked for or offered."""
    demand(policy.may_register_somewhere, actor(), voices())
    form = exchange_form(begun_with())
    form.municipality.offer(municipalities)
    form.voice.offer(voices())
    if form.validate_on_submit():
        with form.rules():
            post = post_from(form)
            flash(_("Your post is published. See below who fits."), "success")
            return go_to(url_of_exchange(post))
    return page("innovations/exchange_new.html", form=form, status=form.status)


def begun_with() -> dict[str, Any]:
    """What the link that led here says."""
    args = request.args
    innovation = queries.innovation_numbered(args.get("innovation", ""))
    return {
        "direction": addresses.DIRECTIONS.get(args.get("richtung", "")),
        "municipality": municipalities.by_id(actor().home_id),
        "innovation": innovation.reference if innovation else "",
        "topics": [topic.slug for topic in topics.of_thing(innovation.id)] if innovation else [],
        "until_on": clock.today() + USUAL,
    }


def exchange_form(data: dict[str, Any]) -> ExchangeForm:
    form = ExchangeForm(data=data)
    form.topics.choices = topics.choices(current_language())
    form.direction.choices = [(one.value, translate(one.label)) for one in Direction]
    return form


def post_from(form: ExchangeForm) -> Exchange:
    """Call the service with what was written."""
    place, organisation = form.municipality.place, form.voice.organisation
    if place is None or not policy.may_post(actor(), place, organisation):
        raise RuleBroken(NOT_THERE, "municipality")
    post = words_of(form, Direction(form.direction.data))
    return service.post_exchange(actor(), place, post, organisation)


def words_of(form: ExchangeForm, direction: Direction) -> service.Post:
    return service.Post(
        direction=direction,
        title=form.title.data or "",
        body=form.body.data or "",
        slugs=form.topics.data or [],
        until_on=form.until_on.data,
        innovation=innovation_of(form),
    )


def innovation_of(form: ExchangeForm) -> Innovation | None:
    """The entry that somebody named. Raises `RuleBroken` where there is none."""
    said = form.innovation.data or ""
    innovation = queries.innovation_called(said)
    if said and innovation is None:
        raise RuleBroken(UNKNOWN, "innovation")
    return innovation


@bp.route("/boerse/<int:id>/bearbeiten", methods=["GET", "POST"])
@login_required
def exchange_edit(id: int) -> BaseResponse:
    """Change a post, or let it stand longer."""
    post = queries.get(actor(), id)
    demand(policy.may_keep_exchange, actor(), post)
    form = exchange_form(data_of_post(post))
    for name in ("municipality", "voice", "direction"):
        del form[name]
    if form.validate_on_submit():
        with form.rules():
            seen = number_in(form.seen.data)
            service.edit_exchange(actor(), post, words_of(form, post.direction), seen=seen)
            flash(_("Your changes are saved."), "success")
            return go_to(url_of_exchange(post))
    return page("innovations/exchange_edit.html", form=form, post=post, status=form.status)


def data_of_post(post: Exchange) -> dict[str, Any]:
    return {
        "title": post.title,
        "body": post.body,
        "topics": [topic.slug for topic in topics.of_thing(post.id)],
        "until_on": post.until_on,
        "innovation": post.innovation.reference if post.innovation else "",
        "seen": str(post.version),
    }


@bp.route("/boerse/<int:id>/erledigt", methods=["GET", "POST"])
@login_required
def exchange_settle(id: int) -> BaseResponse:
    """It is found, or needed no more; the page says what happens."""
    post = queries.get(actor(), id)
    demand(policy.may_keep_exchange, actor(), post)
    if request.method == "POST":
        service.settle_exchange(actor(), post)
        flash(_("Settled. The page stays, and the list shows it no longer."), "info")
        return go_to(url_of_exchange(post))
    return page("innovations/exchange_settle.html", post=post)
