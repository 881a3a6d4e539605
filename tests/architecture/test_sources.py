"""Rules on the program text that ruff and import-linter cannot know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from tests.architecture.sources import (
    ROOT,
    Module,
    called,
    calls,
    floors,
    functions,
    layers,
    modules,
    names_on,
    none_of,
    text_of,
)

LONGEST_VIEW = 20
ROUTE_DECORATORS = {"route", "get", "post", "put", "patch", "delete"}
BANNED_NAMES = re.compile(r"^(utils?|common|misc|managers?|base|handlers?|help.*)$")
NAMED_FOLDERS = ("civic", "templates", "static", "migrations", "tests", "docs", "deploy")
FETCHED = ("static/vendor/", "static/build/")


# -- 1. one place commits --------------------------------------------------------------------


def commits(files: Iterable[Module]) -> list[str]:
    return [
        f"{module.path}:{number}: only civic/core/db.py commits; use @transaction()"
        for module in files
        if module.path != "civic/core/db.py"
        for number, line in enumerate(module.text.splitlines(), 1)
        # a connection that adds a check to the driver's own commit commits nothing by itself
        if ".commit(" in line.replace("super().commit()", "")
    ]


def test_one_place_commits():
    none_of(commits(modules()))


def test_a_commit_elsewhere_is_found():
    assert commits([Module("civic/x/service.py", "db.session.commit()")])


# -- 2. commands name who acts ---------------------------------------------------------------


def commands_without_actor(files: Iterable[Module]) -> list[str]:
    """A service is one file, or a folder whose `__init__.py` says which functions are commands."""
    files = list(files)
    return [
        f"{module.path}:{function.lineno}: {function.name}() does not begin with `actor`"
        for module in files
        if module.is_step("service")
        for function in module.tree.body
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and _is_command(module, function.name, files)
        and _first_parameter(function) != "actor"
    ]


def _is_command(module: Module, name: str, files: list[Module]) -> bool:
    if name.startswith("_"):
        return False
    return len(module.parts) == 3 or name in _offered(module, files)


def _offered(module: Module, files: list[Module]) -> set[str]:
    """What the door of a service folder lets out of one of its files."""
    door = "/".join([*module.parts[:3], "__init__.py"])
    return {
        alias.name
        for other in files
        if other.path == door
        for node in other.tree.body
        if isinstance(node, ast.ImportFrom) and node.module == ".".join(module.parts)
        for alias in node.names
    }


def ways_past_the_door(files: Iterable[Module]) -> list[str]:
    """Files of a service folder are its own; others come through `civic.<room>.service`."""
    return [
        f"{module.path}:{node.lineno}: import it from {'.'.join(node.module.split('.')[:3])}"
        for module in files
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        and re.match(r"civic\.\w+\.service\.\w+", node.module or "")
        and not (module.is_step("service") and module.room == node.module.split(".")[1])
    ]


def _first_parameter(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    parameters = [*function.args.posonlyargs, *function.args.args]
    return parameters[0].arg if parameters else ""


def test_every_command_begins_with_who_acts():
    none_of(commands_without_actor(modules()))
    none_of(ways_past_the_door(modules()))


COMMANDS = "def adopt(idea, actor): ...\ndef close(): ...\ndef keep(actor): ...\ndef _own(x): ..."


def test_a_command_without_actor_is_found():
    assert len(commands_without_actor([Module("civic/x/service.py", COMMANDS)])) == 2


def test_a_folder_of_commands_is_judged_by_what_it_offers():
    files = [
        Module("civic/x/service/__init__.py", "from civic.x.service.entry import adopt, keep"),
        Module("civic/x/service/entry.py", COMMANDS),
    ]
    assert len(commands_without_actor(files)) == 1
    past = "from civic.x.service.entry import close"
    assert ways_past_the_door([*files, Module("civic/y/views.py", past)])
    assert not ways_past_the_door([*files, Module("civic/x/service/leaving.py", past)])


# -- 3. short views, honest imports ----------------------------------------------------------


def long_views(files: Iterable[Module]) -> list[str]:
    return [
        f"{module.path}:{function.lineno}: {function.name}() has {length(function)} lines, "
        f"a view has at most {LONGEST_VIEW}: fetch, one call, answer"
        for module in files
        for function in functions(module.tree)
        if (module.is_step("views") or is_view(function)) and length(function) > LONGEST_VIEW
    ]


def is_view(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in ROUTE_DECORATORS
        for decorator in function.decorator_list
    )


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = function.body[0]
    words = first.value if isinstance(first, ast.Expr) else None
    spent = first.end_lineno - first.lineno + 1 if text_of(words) is not None else 0
    return function.end_lineno - function.lineno + 1 - spent


def hidden_imports(files: Iterable[Module]) -> list[str]:
    found = set()
    for module in files:
        for function in functions(module.tree):
            found |= {
                f"{module.path}:{node.lineno}: an import inside a function dodges the floors"
                for node in ast.walk(function)
                if isinstance(node, ast.Import | ast.ImportFrom)
                or (isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"})
            }
    return sorted(found)


def test_views_are_short():
    none_of(long_views(modules()))


def test_a_long_view_is_found_and_its_docstring_not_counted():
    body = "    x = 1\n" * 19
    fits = f'@bp.get("")\ndef index():\n    """Why\n    and why."""\n{body}'
    assert not long_views([Module("civic/core/x.py", fits)])
    assert long_views([Module("civic/core/x.py", fits + "    y = 1\n")])
    assert long_views([Module("civic/ideas/views.py", f"def piece():\n{body}    y = 1\n")])


def test_no_import_hides_in_a_function():
    none_of(hidden_imports(modules()))


def test_a_hidden_import_is_found():
    hidden = "def f():\n    if x:\n        from civic.ideas import service\n"
    assert hidden_imports([Module("civic/x/y.py", hidden)])
    assert hidden_imports([Module("civic/x/y.py", "def f():\n    importlib.import_module('z')\n")])
    assert not hidden_imports([Module("civic/x/y.py", "import os\n")])


# -- words for people are marked -------------------------------------------------------------


def unmarked_refusals(files: Iterable[Module]) -> list[str]:
    """Extraction finds `N_("…")` only: bare words in a refusal would stay English for ever."""
    return [
        f"{module.path}:{call.lineno}: write {called(call)}(N_({text_of(call.args[0])!r}))"
        for module in files
        for call in calls(module.tree, "RuleBroken", "TooMany")
        if call.args and text_of(call.args[0])
    ]


def test_refusals_are_marked_for_translation():
    none_of(unmarked_refusals(modules()))


def test_an_unmarked_refusal_is_found():
    assert unmarked_refusals([Module("civic/x/service.py", 'raise RuleBroken("Too late.")')])
    assert not unmarked_refusals(
        [Module("civic/x/service.py", 'raise RuleBroken(N_("Too late."))')]
    )


# -- 12. names -------------------------------------------------------------------------------


def banned_names(paths: Iterable[str]) -> list[str]:
    return sorted(
        f"{path}: {part!r} says nothing; name the thing"
        for path in paths
        for part in {word for name in path.split("/") for word in re.split(r"[-_.]", name)}
        if BANNED_NAMES.match(part)
    )


def own_paths() -> list[str]:
    """Every file of the house, without what is fetched or built."""
    paths = [
        str(path.relative_to(ROOT))
        for folder in NAMED_FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return [path for path in paths if not path.startswith(FETCHED)]


def test_names_say_something():
    assert len(own_paths()) > 100
    none_of(banned_names(own_paths()))


def test_a_name_that_says_nothing_is_found():
    paths = [
        "civic/utils/text.py",
        "civic/ideas/helpers.py",
        "civic/core/base.py",
        "a/mail_utils.py",
    ]
    assert len(banned_names(paths)) == 4
    assert not banned_names(["civic/core/database.py", "civic/core/db.py"])


# -- 11. the picture of the floors -----------------------------------------------------------


def picture_of_floors(readme: str) -> list[str]:
    """The fenced block `floors` of the README, line by line."""
    found = re.search(r"^```floors\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    return [line.strip() for line in found.group(1).splitlines() if line.strip()] if found else []


def without_brackets(lines: Iterable[str]) -> list[str]:
    return [line.replace("(", "").replace(")", "") for line in lines]


def test_the_readme_shows_the_floors_that_are_checked():
    assert picture_of_floors((ROOT / "README.md").read_text()) == without_brackets(layers())


def test_another_picture_is_told_apart():
    readme = "# Civic\n\n```floors\napp\nideas | theses\ncore\n```\n"
    assert picture_of_floors(readme) == without_brackets(["app", "ideas | (theses)", "core"])
    assert picture_of_floors(readme) != without_brackets(["app", "ideas", "theses", "core"])


def misplaced_brackets(lines: Iterable[str], rooms: set[str]) -> list[str]:
    """Round brackets stand for "planned": a room that is built has none, a planned one has."""
    names = [name for line in lines for name in names_on(line)]
    words = {True: "built, so without brackets", False: "there is no such room"}
    return [
        f"{name}: {words[name.startswith('(')]}"
        for name in names
        if (name.strip("()") in rooms) == name.startswith("(")
    ]


def test_rooms_that_are_built_stand_without_brackets():
    rooms = {module.room for module in modules() if module.room != "__init__"}
    none_of(misplaced_brackets(layers(), rooms))
    assert rooms <= floors(layers()).keys()


def test_a_misplaced_bracket_is_found():
    assert len(misplaced_brackets(["app", "(ideas) | theses"], {"app", "ideas"})) == 2


def wordy_rooms(files: Iterable[Module]) -> list[str]:
    """`__init__.py` of a room holds one docstring and no code."""
    return [
        f"{module.path}: one docstring, no code"
        for module in files
        if module.parts[-1] == "__init__"
        and len(module.parts) < 4
        and not (len(module.tree.body) == 1 and ast.get_docstring(module.tree))
    ]


def test_a_room_says_what_it_is_for_and_nothing_else():
    none_of(wordy_rooms(modules()))


def test_code_in_an_init_is_found():
    assert wordy_rooms([Module("civic/x/__init__.py", '"""Why."""\nfrom civic.x import y')])
    assert wordy_rooms([Module("civic/x/__init__.py", "")])
