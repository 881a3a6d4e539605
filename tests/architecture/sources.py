"""The house as text: its modules, its rooms and the floors they stand on.

Every check takes what it reads as an argument, so that its test can plant a fault and see it found.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Module(NamedTuple):
    """A Python file: its path below the repository and what it says."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parse(self.text)

    @property
    def parts(self) -> list[str]:
        """`civic/ideas/views.py` as `["civic", "ideas", "views"]`."""
        return self.path.removesuffix(".py").split("/")

    @property
    def room(self) -> str:
        """The folder below civic/, or the file itself where it lies beside the rooms."""
        return self.parts[1]

    def is_step(self, step: str) -> bool:
        """Whether the file is that step of its room's stairs: `service.py` or `service/x.py`."""
        return len(self.parts) > 2 and self.parts[2] == step


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def modules(folder: str = "civic") -> tuple[Module, ...]:
    """Every Python file below a folder of the repository."""
    return tuple(
        Module(str(path.relative_to(ROOT)), path.read_text())
        for path in sorted((ROOT / folder).rglob("*.py"))
    )


@cache
def settings() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def layers() -> tuple[str, ...]:
    """The floors as pyproject.toml lists them, from the roof down."""
    contracts = settings()["tool"]["importlinter"]["contracts"]
    return tuple(next(c["layers"] for c in contracts if c["id"] == "floors"))


def floors(lines: Sequence[str]) -> dict[str, int]:
    """Room -> number of its floor, 0 at the ground; brackets mark a room that is only planned."""
    return {
        name.strip("()"): number
        for number, line in enumerate(reversed(lines))
        for name in names_on(line)
    }


def names_on(floor: str) -> list[str]:
    """The rooms on one line; `:` stands between two that know each other, `|` between others."""
    return [name.strip() for name in re.split(r"[|:]", floor)]


def may_know(room: str, other: str, floor: dict[str, int]) -> bool:
    """A room knows itself and what stands below it, nothing beside it and nothing above."""
    return room == other or floor[other] < floor[room]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Calls of `name(...)` and `anything.name(...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in names:
            yield node


def called(call: ast.Call) -> str:
    return getattr(call.func, "id", None) or getattr(call.func, "attr", "")


def text_of(node: ast.AST | None) -> str | None:
    """The string a node spells out, if it is one."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def none_of(problems: Sequence[str]) -> None:
    """Fail with one problem a line, and without a traceback: the lines say where to look."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
