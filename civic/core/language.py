"""German first, English second: choice of language, dates, numbers, addresses from titles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache, partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from babel import dates, numbers
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, has_request_context, request, session
from flask_babel import Babel, format_timedelta, get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from civic.core.clock import HOME_ZONE, local_date, now
from civic.core.errors import CivicError
from civic.core.urls import url_for

LANGUAGES = {"de": "Deutsch", "en": "English"}
DOMAIN = "messages"
COOKIE = "civic_language"
UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue"}
)

babel = Babel()


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate when shown"
    """Mark a msgid where Flask is out of reach; it is translated when it is shown."""
    return message


def choose_language() -> str:
    """The cookie, else what the person set in their profile, else German."""
    if not has_request_context():
        return "de"
    chosen = str(request.cookies.get(COOKIE) or session.get("language"))
    return chosen if chosen in LANGUAGES else "de"


def init_language(app: Flask, translations: str) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = translations
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Berlin"
    babel.init_app(app, default_locale="de", locale_selector=choose_language)
    app.jinja_env.filters.update(
        date=show_date,
        datetime=show_moment,
        ago=show_ago,
        number=show_number,
        isodate=iso_date,
        slug=slugify,
        translate=translate,
        stored=stored,
        person=person,
    )
    app.jinja_env.globals.update(
        locale=current_language, other_language=other_language, error_text=error_text
    )


def current_language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "de"


def catalogue(folder: str, language: str) -> Translations:
    """All texts of a language; an empty one where there is none (then msgids are shown)."""
    return _catalogue(folder, language)[0]


def catalogue_digest(folder: str, language: str) -> str:
    """What tells the texts of `catalogue` from all others."""
    return _catalogue(folder, language)[1]


@lru_cache
def _catalogue(folder: str, language: str) -> tuple[Translations, str]:
    """The texts and a digest of the very file they were read from, which may be replaced later."""
    file = Path(folder) / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    content = file.read_bytes() if file.is_file() else b""
    texts = Translations(BytesIO(content), DOMAIN) if content else NullTranslations()
    return cast("Translations", texts), sha256(content).hexdigest()


def texts() -> Translations:
    """The catalogue of the language in which we speak just now."""
    return catalogue(current_app.config["BABEL_TRANSLATION_DIRECTORIES"], current_language())


def translate(message: str) -> str:
    """Show a msgid that was marked with `N_`."""
    return str(texts().gettext(message)) if message else ""


def translate_number(one: str, many: str, number: int) -> str:
    """Show a number with its noun; `%(num)s` stands where it goes."""
    return str(texts().ngettext(one, many, number)) % {"num": show_number(number)}


def stored(html: str) -> Markup:
    """HTML that `core.html.render` made and the database kept; the only text shown unescaped."""
    return Markup(html)  # noqa: S704 - cleaned when it was written


def person(name: str | None) -> str:
    """The name of a person; somebody who left has none."""
    return name or str(_("Former member"))


def error_text(error: CivicError) -> str:
    values = getattr(error, "values", {})
    return str(_(error.message, **values)) if error.message else ""


def filters_in(language: str) -> dict[str, Callable[..., str]]:
    """The filters of templates in one language, which then need not ask what it is."""
    return {
        name: partial(show, language=language)
        for name, show in (
            ("date", show_date),
            ("datetime", show_moment),
            ("ago", show_ago),
            ("number", show_number),
        )
    }


def show_date(value: date | datetime, language: str = "") -> str:
    day = local_date(value) if isinstance(value, datetime) else value
    return _date(day, language or current_language())


def show_moment(value: datetime, language: str = "") -> str:
    return _moment(value, language or current_language())


def show_ago(value: datetime, language: str = "") -> str:
    """Say "vor 2 Stunden" for a week, then the date."""
    age = now() - value
    if age.days >= 7 or age.total_seconds() < 0:
        return show_date(value, language)
    if age.total_seconds() < 60:
        return str(_("just now"))
    return str(format_timedelta(-age, add_direction=True, threshold=1))


def show_number(value: float, language: str = "") -> str:
    return _number(value, language or current_language())


# The same few days and numbers stand on every page, and writing one takes Babel 50 microseconds.
@lru_cache(4096)
def _date(day: date, language: str) -> str:
    return str(dates.format_date(day, "d. MMMM y" if language == "de" else "d MMMM y", language))


@lru_cache(4096)
def _moment(value: datetime, language: str) -> str:
    style = "d. MMMM y, H:mm 'Uhr'" if language == "de" else "d MMMM y, H:mm"
    return str(dates.format_datetime(value, style, HOME_ZONE, language))


@lru_cache(4096)
def _number(value: float, language: str) -> str:
    return str(numbers.format_decimal(value, locale=language))


def iso_date(value: date | datetime) -> str:
    return value.isoformat()


@lru_cache(4096)
def slugify(text: str, length: int = 60) -> str:
    """A readable part of an address: lower case, ä as ae, words joined by hyphens."""
    plain = (
        unicodedata.normalize("NFKD", text.translate(UMLAUTS)).encode("ascii", "ignore").decode()
    )
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return words[:length].rsplit("-", 1)[0] if len(words) > length else words


def other_language() -> dict[str, Any]:
    """Label, code and address of the language that the page is not in."""
    code = "en" if current_language() == "de" else "de"
    back = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return {
        "code": code,
        "label": LANGUAGES[code],
        "url": url_for("preferences.language", code=code, next=back),
    }
