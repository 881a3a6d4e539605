"""The words of mails: a template each, in the language of the person who gets it.

`templates/<room>/mail/<name>.txt`: the subject, an empty line, the text. Links in it are made by
`absolute(path)` from CIVIC_BASE_URL, never from a request's Host header.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import current_app, has_request_context
from flask_babel import force_locale

from civic.config import Config
from civic.core import templates


class Words(NamedTuple):
    """Subject and plain text of a mail."""

    subject: str
    text: str


def write(name: str, language: str, **values: Any) -> Words:
    """Fill the template `name` ("accounts/mail/confirm.txt") in this language."""
    subject, _, text = _filled(name, language, values).strip().partition("\n")
    return Words(" ".join(subject.split()), text.strip() + "\n")


def write_page(name: str, language: str, **values: Any) -> str:
    """Fill the template of a mail's HTML part, `templates/<room>/mail/<name>.html`."""
    return _filled(name, language, values).strip() + "\n"


def _filled(name: str, language: str, values: dict[str, Any]) -> str:
    template = templates.get(name, language)
    with _addresses(), force_locale(language):
        return template.render(absolute=absolute, **values)


@contextmanager
def _addresses() -> Iterator[None]:
    """Let `url_for` work outside of a request, where letters of the worker are written."""
    if has_request_context():
        yield
        return
    with current_app.test_request_context(base_url=absolute("/")):
        yield


def absolute(path: str) -> str:
    """A link that works outside the site."""
    config: Config = current_app.extensions["civic_config"]
    return config.base_url.rstrip("/") + path
