"""The German catalogue is complete, and what is written can be shown."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.architecture.sources import ROOT, Module, modules, none_of

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{\w*\}")
GERMAN = re.compile(r"[äöüÄÖÜß]")
#: `make catalogues` looks for the same names.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "translate_number": (1, 2),
}

Words = str | tuple[str, ...]


def mapping(root: Path = ROOT) -> tuple[list[tuple[str, str]], dict[str, dict[str, str]]]:
    """The patterns of translations/babel.cfg; a template that cannot be read is an error."""
    with (root / "translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    for pattern, method in methods:
        if method == "jinja2":
            options[pattern] = {**options.get(pattern, {}), "silent": "false"}
    return methods, options


def extracted(root: Path = ROOT) -> set[Words]:
    """Every msgid that code and templates say."""
    methods, options = mapping(root)
    found = set()
    for folder in ("civic", "templates"):
        for _, _, words, _, _ in extract_from_dir(
            root / folder,
            [
                (pattern.removeprefix(f"{folder}/"), method)
                for pattern, method in methods
                if pattern.startswith(f"{folder}/")
            ],
            {pattern.removeprefix(f"{folder}/"): value for pattern, value in options.items()},
            KEYWORDS,
        ):
            found.add(tuple(words) if isinstance(words, list | tuple) else words)
    return found - {""}


def catalogue(language: str = "de") -> Catalog:
    path = ROOT / "translations" / language / "LC_MESSAGES/messages.po"
    assert path.is_file(), "translations/de is missing; run `make catalogues`"
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _key(message: Message) -> Words:
    return tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def _forms(words: object) -> list[str]:
    return [str(word or "") for word in words] if isinstance(words, list | tuple) else [str(words)]


def gaps(wanted: Iterable[Words], catalog: Catalog) -> list[str]:
    """What is said and not translated, and what is translated and said no more."""
    there: Mapping[Words, Message] = {_key(m): m for m in catalog if m.id}
    wanted = set(wanted)
    return sorted(
        [f"missing: {words!r}" for words in wanted - there.keys()]
        + [f"not used any more: {words!r}" for words in there.keys() - wanted]
        + [f"empty: {m.id!r}" for m in there.values() if not all(map(str.strip, _forms(m.string)))]
        + [f"fuzzy: {m.id!r}" for m in there.values() if m.fuzzy]
    )


def misspellings(catalog: Catalog) -> list[str]:
    """Msgids are English; a placeholder is in both languages or in none."""
    found = []
    for message in catalog:
        if not message.id:
            continue
        ids, strings = _forms(message.id), _forms(message.string)
        if any(GERMAN.search(words) for words in ids):
            found.append(f"a msgid is English: {ids[0]!r}")
        if all(strings) and not _agree(ids, strings):
            found.append(f"placeholders differ: {ids!r} and {strings!r}")
    return found


def _agree(ids: list[str], strings: list[str]) -> bool:
    """The last form says everything; the form for one may leave the number out."""
    wanted, given = [[_holes(w) for w in words] for words in (ids, strings)]
    return given[-1] == wanted[-1] and all(
        holes <= wanted[-1] and holes | {"%(num)s"} >= wanted[-1] for holes in given[:-1]
    )


def _holes(words: str) -> set[str]:
    return {match[0] for match in PLACEHOLDER.finditer(words.replace("%%", ""))}


@pytest.fixture(scope="module")
def said() -> set[Words]:
    return extracted()


def test_everything_that_is_said_is_said_in_german(said):
    assert len(said) > 200
    none_of(gaps(said, catalogue()))


def test_msgids_are_english_and_placeholders_agree():
    none_of(misspellings(catalogue()))


def test_no_msgid_of_the_sources_holds_an_umlaut(said):
    none_of([f"{words!r}" for words in said if any(GERMAN.search(w) for w in _forms(words))])


def planted(*messages: tuple[object, object], fuzzy: bool = False) -> Catalog:
    catalog = Catalog(locale="de")
    for id, string in messages:
        catalog.add(id, string, flags=["fuzzy"] if fuzzy else [])
    return catalog


def test_gaps_are_found():
    assert gaps({"Ideas"}, planted()) == ["missing: 'Ideas'"]
    assert gaps({"Ideas"}, planted(("Ideas", " "))) == ["empty: 'Ideas'"]
    assert gaps({"Ideas"}, planted(("Ideas", "Ideen"), fuzzy=True)) == ["fuzzy: 'Ideas'"]
    assert gaps(set(), planted(("Ideas", "Ideen"))) == ["not used any more: 'Ideas'"]
    assert gaps({("one", "many")}, planted((("one", "many"), ("eins", ""))))
    assert not gaps({("one", "many")}, planted((("one", "many"), ("eins", "viele"))))


@pytest.mark.parametrize(
    ("id", "string", "fault"),
    [
        ("Über uns", "Über uns", True),
        ("by %(name)s", "von %(nam)s", True),
        ("by %(name)s", "von jemandem", True),
        ("by %(name)s", "von %(name)s", False),
        (("%(num)s vote", "%(num)s votes"), ("eine Stimme", "%(num)s Stimmen"), False),
        (("%(num)s vote", "%(num)s votes"), ("%(num)s Stimme", "viele Stimmen"), True),
        (("%(num)s of %(all)s", "%(num)s of %(all)s"), ("eine", "%(num)s von %(all)s"), True),
        ("100%% sure", "zu 100%% sicher", False),
    ],
)
def test_misspellings_are_found(id, string, fault):
    assert bool(misspellings(planted((id, string)))) is fault


def test_extraction_reads_code_pages_and_mails(tmp_path):
    (tmp_path / "translations").mkdir()
    configuration = (ROOT / "translations/babel.cfg").read_text()
    (tmp_path / "translations/babel.cfg").write_text(configuration)
    for folder in ("civic/ideas", "templates/ideas/mail"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "civic/ideas/forms.py").write_text('N_("Title")\n_l("Give it a title.")\n')
    (tmp_path / "templates/ideas/show.html").write_text(
        '{% set x = [] %}{% do x.append(_("Page")) %}{{ ngettext("one", "many", 2) }}'
    )
    (tmp_path / "templates/ideas/mail/told.txt").write_text('{{ _("Mail") }}')
    expected = {"Title", "Give it a title.", "Page", ("one", "many"), "Mail"}
    assert extracted(tmp_path) == expected


def deaf_names(files: Iterable[Module]) -> list[str]:
    """Gettext under a name that extraction does not listen to."""
    return [
        f"{module.path}:{node.lineno}: call {name.name} by one of its usual names"
        for module in files
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "flask_babel"
        for name in node.names
        if "gettext" in name.name and (name.asname or name.name) not in KEYWORDS
    ]


def test_extraction_hears_every_name_of_gettext():
    none_of(deaf_names(modules()))


def test_a_name_it_does_not_hear_is_found():
    assert deaf_names([Module("civic/x/views.py", "from flask_babel import gettext as t")])
