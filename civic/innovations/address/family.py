"""A family as a drawing and as a list: what stands beside each name, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from civic.contributions.address import url_of
from civic.core.feature import Sign
from civic.core.html import shorten
from civic.core.language import show_date, translate
from civic.innovations.address import SIGNS
from civic.innovations.models import Degree, Innovation, Stage
from civic.innovations.queries.family import Family, Member, family_of, walk

#: The page of an entry draws families up to this size whole; of larger ones what is next to it.
MOST_DRAWN = 20
#: Of those that took it over, in a larger family.
MOST_KIDS = 8
#: Characters of what was changed, beside a name.
LONGEST_NOTE = 160

#: A node of `components/family_tree.html`.
Node = dict[str, Any]


@dataclass(frozen=True)
class Kin:
    """What the page of an entry shows of its family."""

    tree: Node | None
    #: How many are shown in all, with the origin.
    total: int
    #: Whether the tree leaves some of them out.
    is_part: bool


def tree(family: Family, own_id: int = 0) -> Node | None:
    """The whole family, for the drawing; `own_id` is the entry whose page it is."""
    return _root(family.tops, {m.id for m in family.members}, own_id)


def kin_of(innovation: Innovation) -> Kin:
    """The family of an entry as its page shows it, in one query (Jinja global)."""
    family = family_of(innovation.family_id)
    total = len(family.members)
    own = family.member(innovation.id)
    if total <= MOST_DRAWN:
        return Kin(tree(family, innovation.id), total, is_part=family.is_more)
    own = own or family.tops[0]  # hidden, or beyond the members that are read
    near = {own.id, *(kid.id for kid in own.kids[:MOST_KIDS])}
    above = own.parent
    while above is not None:
        near.add(above.id)
        above = above.parent
    return Kin(_root(family.tops, near, innovation.id), total, is_part=True)


def _root(tops: Sequence[Member], chosen: Iterable[int], own_id: int) -> Node | None:
    """The nodes of those chosen, each below the one from which it was taken over."""
    kept = set(chosen)
    nodes: dict[int, Node] = {}
    roots: list[Node] = []
    for _depth, member in walk(tops):
        if member.id not in kept:
            continue
        nodes[member.id] = _node(member, own_id)
        above = nodes.get(member.parent.id) if member.parent else None
        (above["kids"] if above else roots).append(nodes[member.id])
    if len(roots) == 1:
        return roots[0]
    hidden = {"name": _("The origin is not shown at present."), "kids": roots}
    return hidden if roots else None


def _node(member: Member, own_id: int) -> Node:
    return {
        "name": place_of(member),
        "url": url_of(member.row),
        "note": note_of(member),
        "sign": sign_of_member(member),
        "kids": [],
        "now": member.id == own_id,
        "open": member.row.degree is Degree.INTERESTED,
    }


def place_of(member: Member) -> str:
    """Its municipality; with the county where that of its origin is another one."""
    row, origin = member.row, _first_of(member).row
    if not row.county_title or row.county_title == origin.county_title:
        return str(row.municipality_title)
    return f"{row.municipality_title}, {row.county_title}"


def _first_of(member: Member) -> Member:
    while member.parent is not None:
        member = member.parent
    return member


def note_of(member: Member) -> str:
    """Since when, and what was changed, in a line."""
    words = [since_words(member)]
    if member.row.changed:
        changed = shorten(" ".join(member.row.changed.split()), LONGEST_NOTE)
        words.append(str(_("Changed: %(what)s", what=changed)))
    return " ".join(words)


def since_words(member: Member) -> str:
    return str(_("Since %(day)s.", day=show_date(member.since)))


def sign_of_member(member: Member) -> Sign:
    """Where it stands in its municipality, the origin by that word."""
    row = member.row
    stage = Stage(row.state)
    variant, icon, step = SIGNS[stage]
    if stage is Stage.ENDED:
        return Sign(translate(stage.label), variant, icon, step)
    if row.degree is None:
        return Sign(str(_("Origin")), "", "flag", step)
    return Sign(degree_words(row.degree), variant, icon, step)


def degree_words(degree: str | None) -> str:
    """How far it is taken over; an origin is not taken over (Jinja global)."""
    return translate(Degree(degree).label) if degree else str(_("Origin"))


def listed(family: Family) -> list[Mapping[str, Any]]:
    """The family as a table: who, from whom, how far, since when, what was changed."""
    return [
        {
            "member": member,
            "place": place_of(member),
            "origin": place_of(member.parent) if member.parent else "",
            "sign": sign_of_member(member),
            "depth": depth,
        }
        for depth, member in walk(family.tops)
    ]
