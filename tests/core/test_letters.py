"""Words of mails: in the language of who gets them, with links of this site and no other."""

from __future__ import annotations

import pytest

from civic.core import letters, templates

NAMES = ["accounts/mail/confirm.txt", "accounts/mail/reset.txt", "accounts/mail/new_address.txt"]
LINK = "https://zukunft.example/bestaetigen/abc"


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_in_each_language(inside, name):
    german, english = (letters.write(name, language, link=LINK) for language in ("de", "en"))
    assert german.subject != english.subject
    assert german.text != english.text
    for words in (german, english):
        assert LINK in words.text
        assert "\n" not in words.subject
        assert words.text.endswith("\n")
        assert not words.text.startswith("\n")


def test_the_language_is_that_of_who_gets_it_not_of_who_acts(app):
    with app.test_request_context("/", headers={"Cookie": "civic_language=en"}):
        german = letters.write(NAMES[0], "de", link=LINK)
    with app.app_context():
        assert letters.write(NAMES[0], "de", link=LINK) == german


def test_links_come_from_the_settings_and_never_from_a_request(app):
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        assert letters.absolute("/ideen/7") == "http://localhost/ideen/7"


def test_plain_text_is_not_escaped(inside):
    """A mail is no page: "Müller & Töchter" stays as it is."""
    link = "https://zukunft.example/?a=1&b=<2>"
    assert link in letters.write(NAMES[0], "de", link=link).text


def test_a_line_feed_in_a_value_cannot_leave_the_subject(app, monkeypatch):
    from jinja2 import DictLoader

    loader = DictLoader({"x/mail/y.txt": "Zu {{ title }}\n\nText"})
    with app.app_context():
        monkeypatch.setattr(app.jinja_env, "loader", loader)
        monkeypatch.setitem(app.extensions[templates.EXTENSION], "environments", {})
        words = letters.write("x/mail/y.txt", "de", title="a   b")
        assert words == ("Zu a b", "Text\n")
