"""Templates in one language: the texts are put in when a template is compiled, not page by page.

A page shows some hundred texts, and looking each of them up cost more than all queries of the page.
So each language has an environment of its own, in which `_("...")` and `ngettext(...)` with fixed
words are constants. What is not fixed (`_(variable)`) is looked up as before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import markupsafe
from babel.support import Translations
from flask import Flask, current_app
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from civic.config import Config
from civic.core.language import catalogue, catalogue_digest, filters_in
from civic.core.template_code import FOLDER, KeptCode

EXTENSION = "civic_templates"
#: The program, which says what a template is compiled to.
CODE = Path(__file__).resolve().parents[1]
#: Numbers that tell whether a language has the two forms "one" and "else".
ONE, ELSE = 1, (0, 2, 3, 5, 11, 21, 100, 101)
#: A name in a text that is to be filled in, as gettext writes it.
_NAMES = re.compile(r"%\((\w+)\)s")
_special = re.compile("[&<>\"']").search


def escape(value: Any) -> str:
    """As `markupsafe.escape`, for what is written out at once and therefore need not be `Markup`.

    A page writes some hundred texts and few of them hold anything to escape, so that wrapping
    them took longer than looking at them.
    """
    kind = type(value)
    if kind is Markup or (kind is str and _special(value) is None):
        plain: str = value
        return plain
    return markupsafe.escape(value)


class LeanContext(Context):
    """Calls what asks for no context at once; Jinja's own way looks four times before it does."""

    def call(self, target: Any, /, *args: Any, **kwargs: Any) -> Any:
        if hasattr(target, "jinja_pass_arg"):
            return super().call(target, *args, **kwargs)
        kwargs.pop("_block_vars", None)  # what compiled blocks and loops add for it
        kwargs.pop("_loop_vars", None)
        return target(*args, **kwargs)


class LanguageEnvironment(Environment):
    """Jinja's environment; an overlay of it with `texts` compiles templates in their language."""

    context_class = LeanContext
    texts: Translations | None = None

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Jinja chains an empty mapping before the globals, and then compares both key by key."""
        return super().make_globals(d) if d else self.globals

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - Jinja's own signature
    ) -> str:
        """Jinja's hook between parsing and compiling."""
        if self.texts is not None:
            source = _Texts(self.texts).visit(source)
        code = super()._generate(source, name, filename, defer_init)
        return f"{code}\nfrom {__name__} import escape\n"


def init_templates(app: Flask, config: Config, translations: str) -> None:
    """Before anything reads `app.jinja_env`. Code is kept in production, where nobody edits it."""
    app.jinja_environment = LanguageEnvironment
    code = None
    if config.is_production:
        code = KeptCode(config.instance_path / FOLDER, config.signing_keys[-1], CODE)
    app.extensions[EXTENSION] = {"folder": translations, "environments": {}, "code": code}


def get(name: str, language: str) -> Template:
    """The template in this language."""
    kept = current_app.extensions[EXTENSION]
    environments: dict[str, LanguageEnvironment] = kept["environments"]
    if language not in environments:
        environments[language] = _environment(kept["folder"], kept["code"], language)
    return environments[language].get_template(name)


def _environment(folder: str, code: KeptCode | None, language: str) -> LanguageEnvironment:
    shelf = code.shelf(language, catalogue_digest(folder, language)) if code else None
    environment = cast("LanguageEnvironment", current_app.jinja_env.overlay(bytecode_cache=shelf))
    environment.texts = catalogue(folder, language)
    environment.filters = {**environment.filters, **filters_in(language)}
    return environment


@dataclass(frozen=True)
class _Text:
    """A fixed text in its language. With two forms, `is_one` chooses between them."""

    forms: tuple[str, ...]
    values: list[nodes.Keyword]
    lineno: int
    is_one: nodes.Expr | None = None

    def expression(self) -> nodes.Expr:
        """As gettext in templates gives it: values are escaped, the text is not."""
        text: nodes.Expr = nodes.Const(self.forms[0])
        if self.is_one is not None:
            text = nodes.CondExpr(self.is_one, text, nodes.Const(self.forms[1]))
        values = nodes.Dict([nodes.Pair(nodes.Const(one.key), one.value) for one in self.values])
        return nodes.Mod(nodes.MarkSafeIfAutoescape(text), values, lineno=self.lineno)

    def output(self) -> nodes.Node:
        """Written out at once, a text with values needs no putting together."""
        written = [nodes.Output(self._parts(form), lineno=self.lineno) for form in self.forms]
        if self.is_one is None:
            return written[0]
        return nodes.If(self.is_one, written[:1], [], written[1:], lineno=self.lineno)

    def _parts(self, form: str) -> list[nodes.Expr]:
        """Text, value, text ..."""
        values = {one.key: one.value for one in self.values}
        return [
            values[word] if at % 2 else nodes.TemplateData(word.replace("%%", "%"))
            for at, word in enumerate(_NAMES.split(form))
        ]


class _Texts(NodeTransformer):
    """Replaces calls for fixed texts by the texts; the result is what the call would have given."""

    def __init__(self, texts: Translations) -> None:
        self.texts = texts
        plural = getattr(texts, "plural", lambda number: int(number != 1))  # none: msgids are shown
        self.has_two_forms = plural(ONE) == 0 and all(plural(number) == 1 for number in ELSE)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - named after the node
        self.generic_visit(node)
        text = self._text(node)
        return text.expression() if text else node

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:  # noqa: N802 - named after the node
        written: list[nodes.Node] = []
        for child in node.nodes:
            self.generic_visit(child)
            text = self._text(child)
            written.append(text.output() if text else nodes.Output([child], lineno=node.lineno))
        return _joined(written)

    def _text(self, node: nodes.Node) -> _Text | None:
        """The fixed text for which a node asks."""
        if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name):
            return None
        if node.dyn_args or node.dyn_kwargs:
            return None
        if node.node.name in {"_", "gettext"}:
            return self._single(node)
        if node.node.name == "ngettext" and self.has_two_forms:
            return self._plural(node)
        return None

    def _single(self, node: nodes.Call) -> _Text | None:
        fixed = list(_fixed(node.args))
        if len(fixed) != 1 or len(node.args) != 1:
            return None
        return _Text((self.texts.gettext(fixed[0]),), node.kwargs, node.lineno)

    def _plural(self, node: nodes.Call) -> _Text | None:
        fixed = list(_fixed(node.args[:2]))
        if len(fixed) != 2 or len(node.args) != 3:
            return None
        number = node.args[2]
        forms = tuple(self.texts.ngettext(fixed[0], fixed[1], n) for n in (ONE, ELSE[0]))
        is_one = nodes.Compare(number, [nodes.Operand("eq", nodes.Const(ONE))])
        values = node.kwargs
        if all(one.key != "num" for one in values):
            values = [nodes.Keyword("num", number), *values]
        return _Text(forms, values, node.lineno, is_one)


def _fixed(args: list[nodes.Expr]) -> Iterator[str]:
    for arg in args:
        if isinstance(arg, nodes.Const) and isinstance(arg.value, str):
            yield arg.value


def _joined(written: list[nodes.Node]) -> list[nodes.Node]:
    """Outputs that follow each other as one, which Jinja writes with one call."""
    joined: list[nodes.Node] = []
    for node in written:
        if joined and isinstance(node, nodes.Output) and isinstance(joined[-1], nodes.Output):
            joined[-1].nodes += node.nodes
        else:
            joined.append(node)
    return joined
