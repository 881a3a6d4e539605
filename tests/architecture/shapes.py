"""Templates as text with holes: what a template writes, with `{}` where only a request knows.

<p id="vote_mark_{{ about.id }}">       ->  <p id="vote_mark_{}">
{% set place = "a_" ~ thing.id %}{{ place }}  ->  a_{}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from jinja2 import Environment, nodes

from tests.architecture.sources import ROOT

HOLE = "{}"
GROUND = frozenset({"components", "layouts", "errors"})
DEEPEST = 12
#: A component that makes links for htmx, by itself or through the one for it.
SWAPS = re.compile(r"data-hx-target|components/swap\.html")
#: What writes nothing where it stands.
SILENT = (nodes.Assign, nodes.FromImport, nodes.Extends, nodes.ExprStmt, nodes.Expr)

environment = Environment(
    extensions=["jinja2.ext.do"], trim_blocks=True, lstrip_blocks=True, autoescape=True
)


class Template(NamedTuple):
    """A template: its name below templates/ and what it says."""

    name: str
    text: str

    @property
    def tree(self) -> nodes.Template:
        return _parse(self.text)

    @property
    def room(self) -> str:
        """The folder, which is the room it belongs to."""
        return self.name.split("/")[0]

    @property
    def is_page(self) -> bool:
        return any(
            isinstance(node.template, nodes.Name) and node.template.name == "layout"
            for node in self.tree.find_all(nodes.Extends)
        )

    @property
    def blocks(self) -> dict[str, nodes.Block]:
        return {block.name: block for block in self.tree.find_all(nodes.Block)}

    @property
    def macros(self) -> dict[str, nodes.Macro]:
        return _macros(self.text)


@cache
def _parse(text: str) -> nodes.Template:
    return environment.parse(text)


@cache
def _macros(text: str) -> dict[str, nodes.Macro]:
    return {macro.name: macro for macro in _parse(text).find_all(nodes.Macro)}


@cache
def _values(text: str) -> dict[str, nodes.Node]:
    """Name -> what `{% set %}` gives it."""
    return {
        node.target.name: node.node
        for node in _parse(text).find_all(nodes.Assign)
        if isinstance(node.target, nodes.Name)
    }


@cache
def _imported(text: str) -> dict[str, tuple[str, str]]:
    """Name in this template -> file and name of the macro."""
    return {
        imported if isinstance(imported, str) else imported[1]: (
            node.template.value,
            imported if isinstance(imported, str) else imported[0],
        )
        for node in _parse(text).find_all(nodes.FromImport)
        if isinstance(node.template, nodes.Const)
        for imported in node.names
    }


@cache
def templates() -> House:
    """Every template of the house, mails included."""
    root = ROOT / "templates"
    return {
        name: Template(name, path.read_text())
        for path in sorted(root.rglob("*.*"))
        if path.suffix in {".html", ".txt", ".xml"} and (name := str(path.relative_to(root)))
    }


House = Mapping[str, Template]


def house_of(**texts: str) -> House:
    """A planted house: `ideas__index="…"` is templates/ideas/index.html."""
    names = {name.replace("__", "/") + ".html": text for name, text in texts.items()}
    return {name: Template(name, text) for name, text in names.items()}


class Shape:
    """Reads one template; `house` is where its includes and macros are looked up."""

    def __init__(self, template: Template, house: House) -> None:
        self.template = template
        self.house = house
        self.values = _values(template.text)
        self.macros = _imported(template.text)

    def spelled(self, node: nodes.Node | None, depth: int = 0) -> str:
        """What an expression writes."""
        if isinstance(node, nodes.TemplateData):
            return node.data
        if isinstance(node, nodes.Const):
            return str(node.value)
        parts = self._parts(node) if depth < DEEPEST else []
        return "".join(self.spelled(part, depth + 1) for part in parts) or HOLE

    def _parts(self, node: nodes.Node | None) -> list[nodes.Node]:
        """The expressions whose texts stand one after the other in this one."""
        if isinstance(node, nodes.Concat):
            return node.nodes
        if isinstance(node, nodes.Add):
            return [node.left, node.right]
        if isinstance(node, nodes.Name) and node.name in self.values:
            return [self.values[node.name]]
        return []

    def text(self, node: nodes.Node | None = None, *, include: bool = False) -> str:
        """What the node writes, all branches one after the other; a macro call is `<macro id=…>`.

        With `include` the included templates are written out as well.
        """
        return "".join(self._written(node or self.template.tree, include=include))

    def _written(self, node: nodes.Node, *, include: bool) -> Iterator[str]:
        if isinstance(node, SILENT):
            return
        if isinstance(node, nodes.Include):
            yield self._included(node) if include else ""
        for part in _spoken(node):
            yield from self._expression(part)
        for part in node.iter_child_nodes():
            yield from self._written(part, include=include)

    def _included(self, node: nodes.Include) -> str:
        name = getattr(node.template, "value", None)
        return Shape(self.house[name], self.house).text(include=True) if name in self.house else ""

    def _expression(self, node: nodes.Node) -> Iterator[str]:
        if self._is_macro(node):
            yield f'<macro id="{self.id_of_call(node)}">'
        elif isinstance(node, nodes.CondExpr):
            yield from self._expression(node.expr1)
            if node.expr2 is not None:
                yield from self._expression(node.expr2)
        else:
            yield self.spelled(node)

    def _is_macro(self, node: nodes.Node) -> bool:
        return isinstance(node, nodes.Call) and getattr(node.node, "name", "") in self.macros

    def id_of_call(self, call: nodes.Call) -> str:
        """The id of the element that a component writes for this call."""
        file, name = self.macros[call.node.name]
        template = self.house.get(file)
        macro = template.macros.get(name) if template else None
        if macro is None:
            return ""
        given = _arguments(macro, call)
        if "attrs" in given and (own := self.pairs(given["attrs"]).get("id")):
            return own
        if "id" in [argument.name for argument in macro.args]:
            written = self.spelled(given.get("id"))
            return "" if written == "None" else written
        return _root_of(template, name)

    def pairs(self, node: nodes.Node) -> dict[str, str]:
        """The entries of a dict that is written out in the template."""
        return {
            str(pair.key.value): self.spelled(pair.value)
            for pair in node.find_all(nodes.Pair)
            if isinstance(pair.key, nodes.Const)
        }

    def attribute(self, name: str) -> set[str]:
        """Every value that an attribute has here, in tags and in dicts of attributes."""
        written = re.findall(rf'(?<![\w-]){re.escape(name)}="([^"]*)"', self.text())
        return {
            *written,
            *(
                self.spelled(pair.value)
                for pair in self.template.tree.find_all(nodes.Pair)
                if isinstance(pair.key, nodes.Const) and pair.key.value == name
            ),
        }

    def targets(self) -> set[str]:
        """The elements that links and forms replace: by attribute, or `target=` of a component."""
        found = self.attribute("data-hx-target")
        for call in self.template.tree.find_all(nodes.Call):
            if self._is_macro(call) and (target := self._target_of(call)):
                found.add(target)
        if self.template.room == "components":  # its callers say what the parameter is
            found.discard("#" + HOLE)
        return found

    def _target_of(self, call: nodes.Call) -> str:
        file, name = self.macros[call.node.name]
        swaps = file in self.house and SWAPS.search(self.house[file].text)
        macro = self.house[file].macros.get(name) if swaps else None
        given = _arguments(macro, call).get("target") if macro else None
        if not isinstance(given, nodes.Expr) or getattr(given, "value", given) in ("", None):
            return ""
        return "#" + self.spelled(given)

    def ids(self) -> set[str]:
        """The ids of elements that this template writes, or lets a component write."""
        calls = {
            self.id_of_call(call)
            for call in self.template.tree.find_all(nodes.Call)
            if self._is_macro(call)
        }
        defaults = {
            self.spelled(value)
            for macro in self.template.macros.values()
            for argument, value in zip(reversed(macro.args), reversed(macro.defaults), strict=False)
            if argument.name == "id"
        }
        return (self.attribute("id") | calls | defaults) - {"", HOLE, "None"}


def _spoken(node: nodes.Node) -> list[nodes.Node]:
    """The expressions whose values are written where the node stands."""
    if isinstance(node, nodes.CallBlock):
        return [node.call]
    return node.nodes if isinstance(node, nodes.Output) else []


def _arguments(macro: nodes.Macro, call: nodes.Call) -> dict[str, nodes.Node]:
    """The values of a macro's parameters in this call: given by place, by name, or by default."""
    names = [argument.name for argument in macro.args]
    defaults = dict(zip(reversed(names), reversed(macro.defaults), strict=False))
    by_place = dict(zip(names, call.args, strict=False))
    by_name = {keyword.key: keyword.value for keyword in call.kwargs}
    return {**defaults, **by_place, **by_name}


def root_id(text: str) -> str:
    """The id of the first element in a piece of HTML."""
    tag = re.search(r"<[a-z][^>]*>", text)
    found = re.search(r'(?<![\w-])id="([^"]*)"', tag.group(0)) if tag else None
    return found.group(1) if found else ""


@cache
def _root_of(template: Template, macro: str) -> str:
    """The id that a component's first element has whatever it is called with."""
    return root_id(Shape(template, {}).text(template.macros[macro]))


def block_name(id: str) -> str:
    """`comment_item_{}` belongs to the block `comment_item`: a suffix tells things apart."""
    return id.removesuffix("_" + HOLE)
