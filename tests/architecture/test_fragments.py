"""One word in three places: block name = element id = fragment name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import pytest

from tests.architecture.shapes import (
    HOLE,
    House,
    Shape,
    Template,
    block_name,
    house_of,
    root_id,
    templates,
)
from tests.architecture.sources import Module, calls, modules, none_of, text_of

#: Each long text has a preview of its own: element `<field id>_preview`, block `body_preview`.
PREVIEW = HOLE + "_preview"


def lost_targets(house: House) -> list[str]:
    shapes = [Shape(template, house) for template in house.values()]
    ids = {block_name(id) for shape in shapes for id in shape.ids()}
    blocks = {name for template in house.values() for name in template.blocks}
    return [
        f"{shape.template.name}: data-hx-target={target!r} {problem}"
        for shape in shapes
        for target in sorted(shape.targets())
        if (problem := _problem_of_target(target, ids, blocks))
    ]


def _problem_of_target(target: str, ids: set[str], blocks: set[str]) -> str:
    if not target.startswith("#"):
        return "is no id; a fragment replaces the element that bears its name"
    name = block_name(target.removeprefix("#"))
    if name == PREVIEW:
        return "" if any(block.endswith("_preview") for block in blocks) else "has no block"
    if HOLE in name:
        return "cannot be read; write the id as a name and `_` and the number of the thing"
    if name not in ids:
        return f"has no element with id {name!r}"
    return "" if name in blocks else f"has no block {name!r}"


def test_every_target_is_an_element_and_a_block():
    none_of(lost_targets(templates()))


SWAP = (
    """{% macro swap(url, target) %}{{ {"data-hx-target": "#" ~ target}|xmlattr }}{% endmacro %}"""
)


@pytest.mark.parametrize(
    "text",
    [
        '<a data-hx-target="#idea_list">',
        '<a data-hx-target="#idea_list"><p id="idea_list">',
        '<a data-hx-target="#idea_list">{% block idea_list %}{% endblock %}',
        '<a data-hx-target="body">',
        '<a data-hx-target="#{{ id }}">',
        '{{ f(attrs={"data-hx-target": "#" ~ place}) }}',
        '<a data-hx-target="#{{ field.id }}_preview">',
        '{% from "components/swap.html" import swap %}{{ swap("/", "gone") }}',
        '{% from "components/swap.html" import swap %}{{ swap("/", target=place) }}',
    ],
)
def test_a_lost_target_is_found(text):
    assert lost_targets(house_of(ideas__index=text, components__swap=SWAP))


@pytest.mark.parametrize(
    "text",
    [
        '<a data-hx-target="#mark">{% block mark %}<p id="mark"></p>{% endblock %}',
        '<a data-hx-target="#m_{{ x.id }}">{% block m %}<p id="m_{{ y.id }}"></p>{% endblock %}',
        (
            '{% set place = "mark_" ~ x.id %}{{ f(attrs={"data-hx-target": "#" ~ place}) }}'
            '{% block mark %}<p id="{{ place }}"></p>{% endblock %}'
        ),
        '<a data-hx-target="#{{ field.id }}_preview">{% block body_preview %}{% endblock %}',
        (
            '{% from "components/swap.html" import swap %}{{ swap("/", target="list") }}'
            '{% block list %}<p id="list"></p>{% endblock %}'
        ),
    ],
)
def test_a_target_that_is_there_passes(text):
    assert not lost_targets(house_of(ideas__index=text, components__swap=SWAP))


def lost_fragments(files: Iterable[Module], house: House) -> list[str]:
    return [
        f"{module.path}:{call.lineno}: {problem}"
        for module in files
        for call in calls(module.tree, "page")
        for problem in _problems_of_page(call, house)
    ]


def _problems_of_page(call: ast.Call, house: House) -> Iterator[str]:
    names = _texts(call.args[0]) if call.args else []
    given = next((word.value for word in call.keywords if word.arg == "fragment"), None)
    for name in names:
        if name not in house:
            yield f"there is no template {name}"
        elif given is not None:
            yield from _problems_of_fragment(house[name], _texts(given), house)


def _problems_of_fragment(template: Template, fragments: list[str], house: House) -> Iterator[str]:
    if not fragments:
        yield f"the fragment of {template.name} cannot be read; write it as a string"
    for fragment in fragments:
        block = template.blocks.get(fragment)
        if block is None:
            yield f"{template.name} has no block {fragment!r}"
            continue
        root = root_id(Shape(template, house).text(block, include=True))
        if block_name(root) != fragment and not (root == PREVIEW == HOLE + fragment[-8:]):
            yield f"the block {fragment!r} of {template.name} begins with an element {root!r}"


def _texts(node: ast.AST) -> list[str]:
    """The strings an expression may be: one, or both of `a if x else b`."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    text = text_of(node)
    return [] if text is None else [text]


def test_every_fragment_is_a_block_around_its_own_element():
    none_of(lost_fragments(modules(), templates()))


VIEW = 'page("ideas/index.html", fragment="list")'


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (VIEW, "{% block other %}{% endblock %}"),
        (VIEW, '{% block list %}<p id="other"></p>{% endblock %}'),
        (VIEW, '{% block list %}<div><p id="list"></p></div>{% endblock %}'),
        ('page("ideas/lost.html")', ""),
        ('page("ideas/index.html", fragment=x)', ""),
    ],
)
def test_a_lost_fragment_is_found(view, text):
    assert lost_fragments([Module("civic/ideas/views.py", view)], house_of(ideas__index=text))


@pytest.mark.parametrize(
    "text",
    [
        '{% block list %}\n{# why #}<p class="x" id="list"></p>{% endblock %}',
        '{% block list %}{% set n = 1 %}<p id="list_{{ x.id }}"></p>{% endblock %}',
        '{% block list %}{% include "ideas/_list.html" %}{% endblock %}',
        (
            '{% from "components/box.html" import box %}'
            "{% block list %}{% call box(1) %}<b></b>{% endcall %}{% endblock %}"
        ),
        (
            '{% from "components/part.html" import part %}'
            '{% block list %}{{ part("a", "list") }}{% endblock %}'
        ),
    ],
)
def test_a_fragment_may_come_from_a_piece_or_a_component(text):
    house = house_of(
        ideas__index=text,
        ideas___list='<ul id="list"></ul>',
        components__box='{% macro box(n, id="list") %}<div id="{{ id }}"></div>{% endmacro %}',
        components__part='{% macro part(t, id) %}<div id="{{ id }}"></div>{% endmacro %}',
    )
    assert not lost_fragments([Module("civic/ideas/views.py", VIEW)], house)
