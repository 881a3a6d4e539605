"""Texts are put into templates when they are compiled, and are those that a look-up would give."""

import pytest
from flask import render_template_string
from flask_babel import force_locale
from jinja2 import DictLoader

from civic.core import templates
from civic.core.language import LANGUAGES

SAMPLES = {
    "plain.html": '{{ _("Home") }}',
    "filled.html": '{{ _("“%(text)s”", text="<b>") }}',
    "one.html": '{{ ngettext("%(num)s vote", "%(num)s votes", 1) }}',
    "many.html": '{{ ngettext("%(num)s vote", "%(num)s votes", n, num="1.284") }}',
    "variable.html": "{{ _(word) }}",
    "inside.html": '{% macro m(a) %}<i>{{ a }}</i>{% endmacro %}{{ m(_("Home") ~ "&") }}',
    "letter.txt": '{{ _("“%(text)s”", text="<b>") }}',
    "percent.html": '{{ _("100 %% sure") }}',
}
VALUES = {"n": 1284, "word": "Home"}


@pytest.fixture
def samples(app, monkeypatch):
    """The samples as templates of the house."""
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader(SAMPLES))
    monkeypatch.setitem(app.extensions[templates.EXTENSION], "environments", {})
    with app.test_request_context():
        yield app


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_is_the_same_as_by_looking_it_up(samples, name, language):
    with force_locale(language):
        looked_up = samples.jinja_env.get_template(name).render(VALUES)
        assert templates.get(name, language).render(VALUES) == looked_up


def test_values_are_escaped_and_texts_are_not(samples):
    assert templates.get("filled.html", "de").render() == "„&lt;b&gt;“"
    assert templates.get("letter.txt", "de").render() == "„<b>“"


def test_nothing_is_looked_up_any_more(samples, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("A fixed text was looked up.")

    for name in ("_", "gettext", "ngettext"):
        monkeypatch.setitem(samples.jinja_env.globals, name, fail)

    assert templates.get("many.html", "de").render(VALUES) == "1.284 Stimmen"
    with pytest.raises(AssertionError):
        render_template_string('{{ _("Home") }}')
