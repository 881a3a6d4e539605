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


@cache
def _parse(text: str) -> nodes.Template:
    return environment.parse(text)


@cache
def templates() -> Mapping[str, Template]:
    """Every template of the house, mails included."""
    root = ROOT / "templates"
    return {
        name: Template(name, path.read_text())
        for path in sorted(root.rglob("*.*"))
        if path.suffix in {".html", ".txt"} and (name := str(path.relative_to(root)))
    }


class Shape:
    """Reads one template; `house` is where its includes and macros are looked up."""

    def __init__(self, template: Template, house: Mapping[str, Template]) -> None:
        self.template = template
        self.house = house
        self.values = {
            node.target.name: node.node
            for node in template.tree.find_all(nodes.Assign)
            if isinstance(node.target, nodes.Name)
        }
        self.macros = {
            imported if isinstance(imported, str) else imported[1]: (
                node.template.value,
                imported if isinstance(imported, str) else imported[0],
            )
            for node in template.tree.find_all(nodes.FromImport)
            if isinstance(node.template, nodes.Const)
            for imported in node.names
        }

    def spelled(self, node: nodes.Node | None, depth: int = 0) -> str:
        """What an expression writes."""
        if depth > DEEPEST:
            return HOLE
        match node:
            case nodes.TemplateData():
                return node.data
            case nodes.Const():
                return str(node.value)
            case nodes.Concat():
                return "".join(self.spelled(part, depth + 1) for part in node.nodes)
            case nodes.Add():
                return self.spelled(node.left, depth + 1) + self.spelled(node.right, depth + 1)
            case nodes.Name() if node.name in self.values:
                return self.spelled(self.values[node.name], depth + 1)
            case _:
                return HOLE

    def text(self, node: nodes.Node | None = None, *, include: bool = False) -> str:
        """What the node writes, all branches one after the other; a macro call is `<macro id=…>`.

        With `include` the included templates are written out as well.
        """
        return "".join(self._written(node or self.template.tree, include))

    def _written(self, node: nodes.Node, include: bool) -> Iterator[str]:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    yield from self._expression(part)
            case nodes.CallBlock():
                yield from self._expression(node.call)
                for part in node.body:
                    yield from self._written(part, include)
            case nodes.Include() if include and isinstance(node.template, nodes.Const):
                if found := self.house.get(node.template.value):
                    yield Shape(found, self.house).text(include=True)
            case nodes.Assign() | nodes.FromImport() | nodes.Extends() | nodes.ExprStmt():
                pass
            case nodes.Expr():
                pass
            case _:
                for part in node.iter_child_nodes():
                    yield from self._written(part, include)

    def _expression(self, node: nodes.Node) -> Iterator[str]:
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
            if node.node.name in self.macros:
                yield f'<macro id="{self.id_of_call(node)}">'
                return
        if isinstance(node, nodes.CondExpr):
            yield from self._expression(node.expr1)
            if node.expr2 is not None:
                yield from self._expression(node.expr2)
            return
        yield self.spelled(node)

    def id_of_call(self, call: nodes.Call) -> str:
        """The id of the element that a component writes for this call."""
        file, name = self.macros[call.node.name]
        template = self.house.get(file)
        macro = (
            next((m for m in template.tree.find_all(nodes.Macro) if m.name == name), None)
            if template
            else None
        )
        if macro is None:
            return ""
        given = {keyword.key: keyword.value for keyword in call.kwargs}
        names = [argument.name for argument in macro.args]
        given |= dict(zip(names, call.args, strict=False))
        given = dict(zip(reversed(names), reversed(macro.defaults), strict=False)) | given
        if "attrs" in given and (own := self.pairs(given["attrs"]).get("id")):
            return own
        if "id" in names:
            written = self.spelled(given.get("id"))
            return "" if written == "None" else written
        return root_id(Shape(template, self.house).text(macro))

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

    def ids(self) -> set[str]:
        """The ids of elements that this template writes, or lets a component write."""
        calls = {
            self.id_of_call(call)
            for call in self.template.tree.find_all(nodes.Call)
            if isinstance(call.node, nodes.Name) and call.node.name in self.macros
        }
        defaults = {
            self.spelled(value)
            for macro in self.template.tree.find_all(nodes.Macro)
            for argument, value in zip(reversed(macro.args), reversed(macro.defaults), strict=False)
            if argument.name == "id"
        }
        return (self.attribute("id") | calls | defaults) - {"", HOLE, "None"}


def root_id(text: str) -> str:
    """The id of the first element in a piece of HTML."""
    tag = re.search(r"<[a-z][^>]*>", text)
    found = re.search(r'(?<![\w-])id="([^"]*)"', tag.group(0)) if tag else None
    return found.group(1) if found else ""


def block_name(id: str) -> str:
    """`comment_item_{}` belongs to the block `comment_item`: a suffix tells things apart."""
    return id.removesuffix("_" + HOLE)
