"""Templates in one language: the texts are put in when a template is compiled, not page by page.

A page shows some hundred texts, and looking each of them up cost more than all queries of the page.
So each language has an environment of its own, in which `_("...")` and `ngettext(...)` with fixed
words are constants. What is not fixed (`_(variable)`) is looked up as before.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, cast

from babel.support import Translations
from flask import Flask, current_app
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

from civic.core.language import catalogue, filters_in

EXTENSION = "civic_templates"
#: Numbers that tell whether a language has the two forms "one" and "else".
ONE, ELSE = 1, (0, 2, 3, 5, 11, 21, 100, 101)


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
        return super()._generate(source, name, filename, defer_init)


def init_templates(app: Flask, translations: str) -> None:
    """Before anything reads `app.jinja_env`."""
    app.jinja_environment = LanguageEnvironment
    app.extensions[EXTENSION] = {"folder": translations, "environments": {}}


def get(name: str, language: str) -> Template:
    """The template in this language."""
    kept = current_app.extensions[EXTENSION]
    environments: dict[str, LanguageEnvironment] = kept["environments"]
    if language not in environments:
        environments[language] = _environment(kept["folder"], language)
    return environments[language].get_template(name)


def _environment(folder: str, language: str) -> LanguageEnvironment:
    environment = cast("LanguageEnvironment", current_app.jinja_env.overlay())
    environment.texts = catalogue(folder, language)
    environment.filters = {**environment.filters, **filters_in(language)}
    return environment


class _Texts(NodeTransformer):
    """Replaces calls for fixed texts by the texts; the result is what the call would have given."""

    def __init__(self, texts: Translations) -> None:
        self.texts = texts
        plural = getattr(texts, "plural", lambda number: int(number != 1))  # none: msgids are shown
        self.has_two_forms = plural(ONE) == 0 and all(plural(number) == 1 for number in ELSE)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - named after the node
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.dyn_args or node.dyn_kwargs:
            return node
        if node.node.name in {"_", "gettext"}:
            return self._single(node)
        if node.node.name == "ngettext" and self.has_two_forms:
            return self._plural(node)
        return node

    def _single(self, node: nodes.Call) -> nodes.Node:
        fixed = list(_fixed(node.args))
        if len(fixed) != 1 or len(node.args) != 1:
            return node
        return _filled(nodes.Const(self.texts.gettext(fixed[0])), node.kwargs, node.lineno)

    def _plural(self, node: nodes.Call) -> nodes.Node:
        fixed = list(_fixed(node.args[:2]))
        if len(fixed) != 2 or len(node.args) != 3:
            return node
        number = node.args[2]
        one, more = (
            nodes.Const(self.texts.ngettext(fixed[0], fixed[1], n)) for n in (ONE, ELSE[0])
        )
        is_one = nodes.Compare(number, [nodes.Operand("eq", nodes.Const(ONE))])
        kwargs = node.kwargs
        if all(pair.key != "num" for pair in kwargs):
            kwargs = [nodes.Keyword("num", number), *kwargs]
        return _filled(nodes.CondExpr(is_one, one, more), kwargs, node.lineno)


def _fixed(args: list[nodes.Expr]) -> Iterator[str]:
    for arg in args:
        if isinstance(arg, nodes.Const) and isinstance(arg.value, str):
            yield arg.value


def _filled(text: nodes.Expr, kwargs: list[nodes.Keyword], lineno: int) -> nodes.Node:
    """Fill in the names as gettext in templates does: values are escaped, the text is not."""
    values = nodes.Dict([nodes.Pair(nodes.Const(pair.key), pair.value) for pair in kwargs])
    return nodes.Mod(nodes.MarkSafeIfAutoescape(text), values).set_lineno(lineno)
