"""Templates keep to their floor, say what they are, and leave out what the house forbids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import pytest
from jinja2 import nodes
from jinja2.meta import find_referenced_templates

from tests.architecture.shapes import (
    GROUND,
    House,
    Shape,
    Template,
    house_of,
    templates,
)
from tests.architecture.sources import (
    Module,
    calls,
    floors,
    layers,
    may_know,
    modules,
    none_of,
    text_of,
)

TEMPLATE_NAME = re.compile(r"^[a-z_]+(/[a-z_]+)+\.(html|txt|xml)$")

# -- 6. floors -------------------------------------------------------------------------------


def strangers(house: House, floor: dict[str, int]) -> list[str]:
    """Templates that use one which their room may not know."""
    found = []
    for template in house.values():
        for name in find_referenced_templates(template.tree):
            if name is None:
                continue  # only ways that `blind_references` allows
            other = name.split("/")[0]
            if name not in house:
                found.append(f"{template.name}: there is no {name}")
            elif other not in GROUND and not _may_use(template.room, other, floor):
                found.append(f"{template.name} uses {name}, which does not stand below it")
    return found


def _may_use(room: str, other: str, floor: dict[str, int]) -> bool:
    return room not in GROUND and may_know(room, other, floor)


def blind_references(house: House) -> list[str]:
    """Names that only a request knows would dodge the floors; two are part of the house."""
    return [
        f"{template.name}:{node.lineno}: which template is this? Write its name"
        for template in house.values()
        for node in template.tree.find_all(
            (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
        )
        if not isinstance(node.template, nodes.Const) and not _is_known_way(template, node)
    ]


def _is_known_way(template: Template, node: nodes.Node) -> bool:
    name = getattr(node.template, "name", "")
    if isinstance(node, nodes.Extends):
        return name == "layout"
    return isinstance(node, nodes.Include) and any(
        getattr(loop.target, "name", "") == name and _are_acts(loop.iter)
        for loop in template.tree.find_all(nodes.For)
    )


def _are_acts(node: nodes.Node) -> bool:
    """`thing_acts()`, `offers()`, or the first asked once for a page and handed on."""
    if isinstance(node, nodes.Call):
        return getattr(node.node, "name", "") in {"thing_acts", "offers"}
    return isinstance(node, nodes.Getattr) and node.attr == "acts"


def foreign_templates(files: Iterable[Module], floor: dict[str, int]) -> list[str]:
    """A room's Python names its own templates; a page of another room is that room's to show."""
    return [
        f"{module.path}:{node.lineno}: {text} belongs to another room"
        for module in files
        if module.room in floor and len(module.parts) > 2
        for node in ast.walk(module.tree)
        if (text := text_of(node)) and TEMPLATE_NAME.match(text)
        if (folder := text.split("/")[0]) != module.room
        and not (folder in GROUND and module.room == "core")
    ]


def test_templates_keep_to_their_floor():
    none_of(strangers(templates(), floors(layers())))
    none_of(blind_references(templates()))


def test_rooms_show_their_own_templates():
    none_of(foreign_templates(modules(), floors(layers())))


def test_every_folder_of_templates_is_a_room():
    folders = {template.room for template in templates().values()} - GROUND
    assert folders <= {module.room for module in modules()}


@pytest.mark.parametrize(
    "texts",
    [
        {"votes__box": '{% include "comments/_x.html" %}', "comments___x": ""},
        {"votes__box": '{% from "ideas/_x.html" import x %}', "ideas___x": ""},
        {"components__box": '{% include "votes/_x.html" %}', "votes___x": ""},
        {"votes__box": '{% include "votes/_gone.html" %}'},
    ],
)
def test_a_template_from_another_floor_is_found(texts):
    floor = floors(["ideas", "votes | comments", "core"])
    assert strangers(house_of(**texts), floor)


def test_a_template_from_below_passes():
    floor = floors(["ideas", "votes | comments", "core"])
    texts = {
        "ideas__show": '{% extends layout %}{% include "votes/_x.html" %}',
        "votes___x": '{% from "components/box.html" import box %}',
        "components__box": "",
    }
    assert not strangers(house_of(**texts), floor)
    assert not blind_references(house_of(**texts))


@pytest.mark.parametrize(
    "text",
    [
        "{% include name %}",
        "{% extends other %}",
        "{% for n in names %}{% include n %}{% endfor %}",
    ],
)
def test_a_blind_reference_is_found(text):
    assert blind_references(house_of(ideas__show=text))


@pytest.mark.parametrize("acts", ["thing_acts()", "scene.acts", "offers()"])
def test_acts_may_be_included_by_name(acts):
    text = f"{{% for act in {acts} %}}{{% include act %}}{{% endfor %}}"
    assert not blind_references(house_of(comments__show=text))


def test_a_borrowed_template_is_found():
    floor = floors(["ideas", "votes", "core"])
    assert foreign_templates([Module("civic/ideas/views.py", 'page("votes/box.html")')], floor)
    assert not foreign_templates([Module("civic/ideas/views.py", 'page("ideas/x.html")')], floor)


# -- 7. order in each template ---------------------------------------------------------------


def unused_imports(template: Template) -> list[str]:
    used = {node.name for node in template.tree.find_all(nodes.Name) if node.ctx == "load"}
    imported = [
        name if isinstance(name, str) else name[1]
        for node in template.tree.find_all(nodes.FromImport)
        for name in node.names
    ]
    return [
        f"{template.name}: {name} is imported and not used" for name in imported if name not in used
    ]


def missing_title(template: Template) -> list[str]:
    has_title = "title" in template.blocks and Shape(template, {}).text(template.blocks["title"])
    return [] if has_title or not template.is_page else [f"{template.name}: a page has a title"]


def unsafe_output(template: Template) -> list[str]:
    if template.room == "components":
        return []
    return [
        f"{template.name}:{node.lineno}: only components say |safe; stored HTML goes by |stored"
        for node in template.tree.find_all(nodes.Filter)
        if node.name == "safe"
    ] + [
        f"{template.name}:{node.lineno}: escaping stays on"
        for node in template.tree.find_all(nodes.ScopedEvalContextModifier)
    ]


FORBIDDEN = (
    (r"""(?<![\w-])hx-[a-z]""", "write data-hx-*"),
    (r"""data-hx-on|(?<![\w-])js:""", "scripts in attributes need unsafe-eval; use static/js"),
    (r"""<style\b""", "no inline style; use static/css"),
    (r"""<[a-z][^<>]*\sstyle=|["']style["']\s*:""", "no inline style; use a class"),
    (r"""<script\b(?![^>]*\ssrc=)""", "no inline script; use static/js"),
    (r"""<[a-z][^<>]*\son[a-z]+=|["']on[a-z]+["']\s*:""", "no inline handlers; use static/js"),
    (r"""href=["']javascript:""", "no script in an address"),
    (r"""(?:src|href)=["'](?:https?:)?//""", "no request to a third party"),
)


def forbidden_markup(template: Template) -> list[str]:
    text = re.sub(r"\{#.*?#\}", "", template.text, flags=re.DOTALL)
    if template.name.endswith(".txt"):
        return []
    # Mail programs know no style sheets: there, and only there, styles stand in attributes.
    text = re.sub(r'\sstyle="[^"]*"', "", text) if "/mail/" in template.name else text
    return [
        f"{template.name}: {reason}" for pattern, reason in FORBIDDEN if re.search(pattern, text)
    ]


def misnamed_macros(template: Template) -> list[str]:
    """A component's file holds the one macro that bears its name; a room's macros are pieces."""
    macros = [macro.name for macro in template.tree.find_all(nodes.Macro)]
    name = template.name.split("/")[-1].removesuffix(".html")
    if template.room == "components":
        return [] if macros == [name] else [f"{template.name} holds {macros}, not [{name!r}]"]
    return [
        f"{template.name}: {macro} belongs to templates/components/ or into a piece _x.html"
        for macro in macros
        if not name.startswith("_")
    ]


ORDER = (unused_imports, missing_title, unsafe_output, forbidden_markup, misnamed_macros)


@pytest.mark.parametrize("check", ORDER, ids=lambda check: check.__name__)
def test_every_template_is_in_order(check):
    assert len(templates()) > 80
    none_of([problem for template in templates().values() for problem in check(template)])


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (unused_imports, '{% from "components/a.html" import a, b as c %}{{ a() }}'),
        (missing_title, "{% extends layout %}{% block main %}{% endblock %}"),
        (missing_title, "{% extends layout %}{% block title %}{% endblock %}"),
        (unsafe_output, "{{ text|safe }}"),
        (unsafe_output, "{% autoescape false %}{{ text }}{% endautoescape %}"),
        (forbidden_markup, '<a hx-get="/">'),
        (forbidden_markup, '{{ f({"hx-get": url}) }}'),
        (forbidden_markup, '<a data-hx-on:click="x()">'),
        (forbidden_markup, '<p class="a"\n style="x">'),
        (forbidden_markup, "<style>p {}</style>"),
        (forbidden_markup, "<script>x()</script>"),
        (forbidden_markup, '<p onclick="x()">'),
        (forbidden_markup, '{{ f({"onclick": "x()"}) }}'),
        (forbidden_markup, '<a href="javascript:x()">'),
        (forbidden_markup, '<img src="https://example.org/x.png">'),
        (misnamed_macros, "{% macro x() %}{% endmacro %}"),
    ],
)
def test_disorder_is_found(check, text):
    assert check(Template("ideas/index.html", text))


def test_styles_stand_in_the_attributes_of_mails_alone():
    styled = '<p style="margin:0">'
    assert not forbidden_markup(Template("ideas/mail/x.html", styled))
    assert forbidden_markup(Template("ideas/x.html", styled))
    assert forbidden_markup(Template("ideas/mail/x.html", "<style>p {}</style>"))


def test_order_is_left_alone():
    text = (
        '{% extends layout %}{% from "components/a.html" import a %}'
        "{% block title %}{{ _('Ideas') }}{% endblock %}"
        '{% block main %}{{ a() }}{{ body|stored }}<p data-hx-get="/">{% endblock %}'
        '<script src="/x.js"></script>{# never style="x" #}'
    )
    assert not [p for check in ORDER for p in check(Template("ideas/index.html", text))]


def marked_up(files: Iterable[Module]) -> list[str]:
    """`Markup(…)` switches escaping off as |safe does: in Python only the ground may."""
    return [
        f"{module.path}:{call.lineno}: let a template write HTML"
        for module in files
        if module.room != "core"
        for call in calls(module.tree, "Markup")
    ]


def test_python_writes_no_html():
    none_of(marked_up(modules()))


def test_html_from_python_is_found():
    assert marked_up([Module("civic/ideas/address.py", "Markup('<b>')")])
