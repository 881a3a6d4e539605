"""The feeds. They are the same for everybody: only what anybody may see is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, make_response, request
from flask_babel import force_locale
from flask_babel import gettext as _

from civic.accounts.models import Nobody
from civic.activity.models import Activity
from civic.contributions import queries as contributions
from civic.contributions.address import house, listed_kinds, url_of
from civic.contributions.models import Contribution
from civic.core import templates
from civic.core.language import LANGUAGES, current_language
from civic.core.letters import absolute
from civic.core.urls import url_for
from civic.feeds import queries
from civic.feeds.address import Entry, Feed, feed_language, legal, of_act, of_card, of_post
from civic.ideas import filters
from civic.ideas import queries as idea_lists
from civic.municipalities import queries as municipalities
from civic.projects import filters as project_filters
from civic.projects.queries import listing as project_lists

bp = Blueprint("feeds", __name__, url_prefix="/feeds")


@bp.get("/ideen.atom")
def ideas() -> Response:
    """New ideas that pass the filter of the address, which is that of the list."""
    wanted = filters.read(request.args.to_dict(flat=False))
    asked = filters.address(wanted)
    listed = idea_lists.listing(Nobody(), wanted)
    with force_locale(_language()):
        return _answer(
            Feed(
                filters.title_of(wanted),
                url_for(".ideas", **asked, **feed_language()),
                url_for("ideas.index", **asked),
                _entries(queries.latest(listed, idea_lists.order_of("newest", wanted))),
            )
        )


@bp.get("/projekte.atom")
def projects() -> Response:
    """New projects that pass the filter of the address, which is that of the list."""
    wanted = project_filters.read(request.args.to_dict(flat=False))
    asked = project_filters.address(wanted)
    listed = project_lists.listing(Nobody(), wanted)
    with force_locale(_language()):
        return _answer(
            Feed(
                project_filters.title_of(wanted),
                url_for(".projects", **asked, **feed_language()),
                url_for("projects.index", **asked),
                _entries(queries.latest(listed, project_lists.ORDERS["newest"])),
            )
        )


@bp.get("/kommunen/<slug>.atom")
def municipality(slug: str) -> Response:
    """All that is new in a municipality and in those below it."""
    town = municipalities.by_slug(slug)
    with force_locale(_language()):
        return _answer(
            Feed(
                town.title,
                url_for(".municipality", slug=slug, **feed_language()),
                url_for("municipalities.show", slug=slug),
                _entries(queries.latest(contributions.living_in(town, listed_kinds()))),
            )
        )


@bp.get("/beitraege/<int:id>.atom")
def thing(id: int) -> Response:
    """What happened to one thing; 404 for what is hidden, even to those who may see it."""
    found = queries.public_thing(id, listed_kinds())
    acts = queries.news(found, house().verbs)
    with force_locale(_language()):
        return _answer(
            Feed(
                _("What happens to “%(title)s”", title=found.title),
                url_for(".thing", id=id, **feed_language()),
                url_of(found),
                _news(acts, found),
            )
        )


def _news(acts: Sequence[Activity], found: Contribution) -> list[Entry]:
    """News of a team that are hidden or removed by now are left out."""
    posts = queries.posts_of(acts)
    return [
        of_post(act, posts[act.id]) if act.id in posts else of_act(act, found)
        for act in acts
        if act.id in posts or act.verb != queries.POSTED
    ]


def _language() -> str:
    """The language that the address names, else that of a page."""
    asked = request.args.get("sprache", "")
    return asked if asked in LANGUAGES else current_language()


def _entries(cards: Sequence[Any]) -> list[Entry]:
    texts = queries.texts(house().kinds.values(), cards)
    return [of_card(card, texts.get(card.id, "")) for card in cards]


def _answer(feed: Feed) -> Response:
    """Caching and 304 are those of every page that anybody may see."""
    template = templates.get("feeds/feed.xml", current_language())
    response = make_response(legal(template.render(feed=feed, absolute=absolute)))
    response.mimetype = "application/atom+xml"
    response.last_modified = feed.updated
    return response
