"""Compiled templates are kept for the next process, and never believed where they should not be."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from flask import Flask

from civic.core import language, template_code, templates
from tests.conftest import make_config

SECRET = "Kf7-2mQx9_vRb4Lw8nTz1hYc6pJd3sGa"
PRODUCTION = {
    "testing": False,
    "env": "production",
    "secret_key": SECRET,
    "base_url": "https://town.example",
}
TEXTS = {"Home": "Start"}


class Place:
    """An instance folder with templates and texts, in which one process after the other starts."""

    def __init__(self, folder):
        self.folder = folder
        self.code = folder / template_code.FOLDER
        self.compiled = []
        (folder / "templates").mkdir()
        self.write('{{ _("Home") }}')
        self.translate(TEXTS)

    def write(self, source):
        (self.folder / "templates" / "x.html").write_text(source)

    def translate(self, texts):
        catalogue = Catalog("de")
        for msgid, msgstr in texts.items():
            catalogue.add(msgid, msgstr)
        target = self.folder / "translations" / "de" / "LC_MESSAGES" / "messages.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, catalogue)

    def show(self, wanted="de", *, anew=False, **changes):
        """The page as a process that has just started shows it; `anew`: it had to compile it."""
        language._catalogue.cache_clear()
        app = Flask("town", template_folder=str(self.folder / "templates"))
        config = make_config("sqlite://", self.folder, **(PRODUCTION | changes))
        templates.init_templates(app, config, str(self.folder / "translations"))
        before = len(self.compiled)
        with app.app_context():
            text = templates.get("x.html", wanted).render()
        assert (len(self.compiled) > before) is anew
        return text

    def files(self):
        return [path for path in self.code.rglob("*") if path.is_file()]


@pytest.fixture
def place(tmp_path, monkeypatch):
    place = Place(tmp_path)
    really = templates.LanguageEnvironment.compile

    def compile(environment, source, name=None, *rest, **more):
        place.compiled.append(name)
        return really(environment, source, name, *rest, **more)

    monkeypatch.setattr(templates.LanguageEnvironment, "compile", compile)
    yield place
    language._catalogue.cache_clear()


@pytest.fixture
def said(monkeypatch):
    """What was logged."""
    lines = []
    log = SimpleNamespace(warning=lambda event, **_: lines.append(event))
    monkeypatch.setattr(template_code, "log", log)
    return lines


# -- kept, and made anew when anything has changed ---------------------------------------------


def test_the_next_process_compiles_nothing(place):
    assert place.show(anew=True) == "Start"
    assert place.show() == "Start"


def test_only_in_production(place):
    for _ in range(2):
        place.show(anew=True, env="development")
    assert not place.code.exists()


def test_a_changed_template_is_compiled_anew(place):
    place.show(anew=True)
    place.write('<p>{{ _("Home") }}</p>')
    assert place.show(anew=True) == "<p>Start</p>"
    assert place.show() == "<p>Start</p>"


def test_each_language_has_its_own(place):
    for anew in (True, False):
        assert place.show(anew=anew) == "Start"
        assert place.show("en", anew=anew) == "Home"


def test_changed_texts_are_shown(place):
    place.show(anew=True)
    place.translate({"Home": "Daheim"})
    assert place.show(anew=True) == "Daheim"


@pytest.mark.parametrize("change", ["code", "library"])
def test_another_version_compiles_anew(place, monkeypatch, change):
    place.show(anew=True)
    if change == "library":
        monkeypatch.setattr(template_code, "version", lambda _: "99")
    else:
        program = place.folder / "program"
        program.mkdir()
        (program / "filters.py").write_text("def date(): ...")
        monkeypatch.setattr(templates, "CODE", program)
    place.show(anew=True)
    place.show()


def test_what_no_process_begins_with_any_more_goes(place):
    place.show(anew=True)
    (old,) = place.code.iterdir()
    long_ago = 0
    os.utime(old, (long_ago, long_ago))
    place.translate({"Home": "Daheim"})
    place.show(anew=True)
    assert not old.exists()
    (current,) = place.code.iterdir()
    place.show("en", anew=True)
    assert current.exists()


# -- believed only where nobody else could have written it -------------------------------------


def test_nobody_else_may_look_or_write(place):
    place.show(anew=True)
    assert place.code.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in place.files())


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_may_write_is_not_used(place, said, mode):
    place.show(anew=True)
    place.code.chmod(mode)
    assert place.show(anew=True) == "Start"
    assert said == ["compiled templates are not kept"]


def test_a_folder_of_somebody_else_is_not_used(place, said, monkeypatch):
    place.show(anew=True)
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert place.show(anew=True) == "Start"
    assert said


def test_a_link_in_its_place_is_not_followed(place, said):
    place.show(anew=True)
    place.code.rename(place.folder / "elsewhere")
    place.code.symlink_to(place.folder / "elsewhere")
    assert place.show(anew=True) == "Start"
    assert said


def test_code_with_a_foreign_seal_is_not_run(place):
    place.show(anew=True, secret_key=SECRET[::-1])
    assert place.show(anew=True) == "Start"
    assert place.show() == "Start"


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"x" * 5000])
def test_a_damaged_file_is_replaced(place, damage):
    place.show(anew=True)
    (file,) = place.files()
    file.write_bytes(damage)
    assert place.show(anew=True) == "Start"
    assert place.show() == "Start"


def test_a_cut_off_file_is_replaced(place):
    place.show(anew=True)
    (file,) = place.files()
    file.write_bytes(file.read_bytes()[:-1])
    assert place.show(anew=True) == "Start"


def test_the_code_of_one_language_does_not_pass_for_another(place):
    place.show(anew=True)
    (german,) = place.files()
    place.show("en", anew=True)
    (english,) = set(place.files()) - {german}
    english.write_bytes(german.read_bytes())
    assert place.show("en", anew=True) == "Home"


# -- whatever goes wrong, the page comes -------------------------------------------------------


@pytest.mark.parametrize("fault", [OSError(28, "No space left"), OSError(30, "Read-only")])
def test_a_disk_that_takes_nothing_costs_no_page(place, said, monkeypatch, fault):
    def fail(*_, **__):
        raise fault

    (place.folder / "templates" / "y.html").write_text("Start")
    place.write('{% include "y.html" %}')
    monkeypatch.setattr(os, "open", fail)
    assert place.show(anew=True) == "Start"
    assert said == ["compiled templates are not kept"]
    assert place.files() == []


def test_a_missing_instance_folder_costs_no_page(place, said):
    missing = place.folder / "missing"
    assert place.show(anew=True, instance_path=missing) == "Start"
    assert said == ["compiled templates are not kept"]


def test_a_file_that_cannot_be_read_costs_no_page(place, said):
    place.show(anew=True)
    (file,) = place.files()
    file.unlink()
    file.mkdir()
    assert place.show(anew=True) == "Start"
    assert said == ["compiled templates are not kept"]


def test_a_folder_that_is_deleted_while_it_is_used_costs_no_page(place, said):
    code = template_code.KeptCode(place.code, SECRET, templates.CODE / "core" / "work")
    shelf = code.shelf("de", "")
    place.code.rename(place.folder / "gone")
    environment = templates.LanguageEnvironment(Flask("town"), bytecode_cache=shelf)
    for name in ("a", "b"):
        bucket = shelf.get_bucket(environment, name, None, "text")
        bucket.code = compile("1", name, "exec")
        shelf.set_bucket(bucket)
    assert said == ["compiled templates are not kept"]


def test_many_may_begin_at_once(place):
    seen = []

    def begin():
        code = template_code.KeptCode(place.code, SECRET, templates.CODE / "core" / "work")
        environment = templates.LanguageEnvironment(Flask("town"))
        for turn in range(50):
            shelf = code.shelf("de", "")
            bucket = shelf.get_bucket(environment, f"{turn % 5}", None, "text")
            seen.append(bucket.code)
            bucket.code = compile("1", "x", "exec")
            shelf.set_bucket(bucket)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 400
    assert set(seen) == {None, compile("1", "x", "exec")}
    assert len(place.files()) == 5
