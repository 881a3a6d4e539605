"""The words of mails: a template each, in the language of the person who gets it.

`templates/<room>/mail/<name>.txt`: the subject, an empty line, the text. Links in it are made by
`absolute(path)` from CIVIC_BASE_URL, never from a request's Host header.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import current_app
from flask_babel import force_locale

from civic.config import Config


class Words(NamedTuple):
    """Subject and plain text of a mail."""

    subject: str
    text: str


def write(name: str, language: str, **values: Any) -> Words:
    """Fill the template `name` ("accounts/mail/confirm.txt") in this language."""
    template = current_app.jinja_env.get_template(name)
    with force_locale(language):
        whole = template.render(absolute=absolute, **values)
    subject, _, text = whole.strip().partition("\n")
    return Words(" ".join(subject.split()), text.strip() + "\n")


def absolute(path: str) -> str:
    """A link that works outside the site."""
    config: Config = current_app.extensions["civic_config"]
    return config.base_url.rstrip("/") + path
