"""Invented places, people and figures that show each component in each of its states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    Form,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from civic.core.forms import MarkedPlace

TOPICS = [
    ("bildung", "Bildung und Kultur"),
    ("mobil", "Unterwegs sein"),
    ("digital", "Digitale Verwaltung"),
]
PLACES = [("kreis", "Ganzer Landkreis Auental"), ("lindfurt", "Stadt Lindfurt")]


@dataclass(frozen=True)
class Row:
    """What a list reads: the columns of the trunk with the names beside them."""

    id: int
    title: str
    summary: str
    state: str
    published_at: datetime
    vote_count: int
    comment_count: int
    municipality_name: str
    kind: str = "idea"
    slug: str = "beispiel"
    reference: str = "2026-00187"
    updated_at: datetime | None = None
    changed_at: datetime | None = None
    hidden_at: datetime | None = None
    author_id: int = 1
    author_name: str = "Miriam Albrecht"
    municipality_slug: str = "lindfurt"


@dataclass(frozen=True)
class Sign:
    """Stands for what `sign_of` answers, with the looks that no idea has."""

    label: str
    variant: str = ""
    icon: str = "circle"


@dataclass(frozen=True)
class Place:
    """One station in the tree of those who took an innovation over."""

    name: str
    note: str
    sign: Sign
    url: str = "#family_tree"
    kids: tuple[Place, ...] = ()
    now: bool = False
    open: bool = False


@dataclass(frozen=True)
class Link:
    """An entry of the main navigation."""

    label: str
    url: str
    current: bool = False


class SampleForm(MarkedPlace, Form):  # type: ignore[misc]  # WTForms has no types
    """One field of each kind; the words are data of the style guide, not of the interface."""

    title = StringField(
        "Titel",
        [InputRequired("Geben Sie einen Titel ein")],
        description="Sagen Sie in einem Satz, was anders sein soll.",
    )
    body = TextAreaField(
        "Worum geht es?",
        [InputRequired("Beschreiben Sie Ihre Idee")],
        description="Was ist heute schwierig? Was würde helfen?",
    )
    note = TextAreaField("Anmerkung")
    q = StringField("Suchwort")
    email = EmailField("E-Mail-Adresse", [InputRequired("Geben Sie eine E-Mail-Adresse ein")])
    password = PasswordField("Passwort", [InputRequired("Geben Sie ein Passwort ein")])
    place = SelectField("Für welche Kommune?", choices=dict(PLACES))
    topics = SelectMultipleField(
        "Welche Themen passen?",
        [InputRequired("Wählen Sie mindestens ein Thema")],
        choices=dict(TOPICS),
        description="Höchstens drei",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    speaks_for = RadioField(
        "In wessen Namen reichen Sie ein?",
        choices={"me": "Ich selbst", "club": "Förderverein Stadtbücherei e. V."},
        default="me",
    )
    agreed = BooleanField("Ich habe die Regeln gelesen", [InputRequired("Bitte stimmen Sie zu")])
    start_on = DateField("Beginn", format=["%d.%m.%Y", "%Y-%m-%d"], description="Tag.Monat.Jahr")
    image = FileField("Bild", description="JPG oder PNG, höchstens 8 MB.")


def _at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, 42, tzinfo=UTC)


def _rows() -> list[Row]:
    library = "Die Bücherei abends öffnen, mit Ausweis statt Personal"
    return [
        Row(
            1,
            "Schulhof am Wochenende für alle öffnen",
            "Samstags steht er leer.",
            "open",
            _at(11, 20),
            1,
            0,
            "Moosbach",
        ),
        Row(
            2,
            library,
            "Viele kommen erst nach 18 Uhr von der Arbeit.",
            "taken_up",
            _at(8, 12),
            1284,
            23,
            "Lindfurt",
            changed_at=_at(9, 3),
        ),
        Row(
            3,
            "Eine App für alles",
            "Alle Dienste der Gemeinde in einer eigenen App.",
            "declined",
            _at(5, 14),
            35,
            1,
            "Birkenrode",
            hidden_at=_at(6, 1),
        ),
        Row(
            4,
            "Sicherer Radweg von Moosbach nach Lindfurt",
            "Kinder fahren hier jeden Morgen zur Schule.",
            "in_review",
            _at(10, 2),
            486,
            74,
            "Landkreis Auental",
        ),
    ]


STEPS = ("Idee", "Team und Projekt", "Erprobung", "Regelbetrieb", "Impulspapier", "Nachnutzung")


def _life_line() -> list[dict[str, Any]]:
    states = ("done", "now", "next", "next", "next", "next")
    notes = ("eingereicht am 12. August 2026", "seit 6. Oktober, 9 Personen", "geplant ab Januar")
    return [
        {
            "name": name,
            "state": state,
            "note": notes[index] if index < len(notes) else "offen",
            "url": "#life_line" if index < 2 else "",
        }
        for index, (name, state) in enumerate(zip(STEPS, states, strict=True))
    ]


def _overview() -> list[dict[str, Any]]:
    counts = (142, 31, 12, 9, 4, 1217)
    return [
        {"name": name, "state": "done", "count": count, "url": "#life_line", "note": "im Landkreis"}
        for name, count in zip(STEPS[:5], counts, strict=False)
    ] + [{"name": STEPS[5], "state": "now", "count": counts[5], "url": "#life_line"}]


def _tree() -> Place:
    pilot, regular = Sign("Erprobung", "", "half"), Sign("Regelbetrieb", "good", "check")
    bus = Place("Gemeinde Kalkbrunn", "Geändert: fährt mit dem Bücherbus", pilot)
    return Place(
        "Gemeinde Moosbach",
        "Seit Februar 2025 im Dorfladen",
        Sign("Ursprung", "", "flag"),
        now=True,
        kids=(
            Place("Gemeinde Birkenrode", "Geändert: im Feuerwehrhaus", regular, kids=(bus,)),
            Place("Stadt Lindfurt", "Geändert: in drei Stadtteilbüros", regular),
            Place(
                "Gemeinde Rauhenfeld",
                "Ratsbeschluss für Januar vorgesehen",
                Sign("Interesse", "ended", "circle"),
                open=True,
            ),
        ),
    )


def _quarters() -> list[dict[str, Any]]:
    values = (64, 112, 138, 171, 189, 214, 196, 200)
    return [
        {
            "label": f"{index % 4 + 1}.",
            "name": f"{index % 4 + 1}. Quartal {2025 + index // 4}",
            "group": str(2025 + index // 4),
            "value": value,
            "now": index == len(values) - 1,
        }
        for index, value in enumerate(values)
    ]


def _curve() -> dict[str, Any]:
    """Where a line lies, as whoever draws one reckons it out beforehand."""
    places = ((80, 220, 10, 64), (235, 170, 11, 112), (390, 150, 12, 138), (700, 90, 13, 214))
    points = [
        {"x": x, "y": y, "label": str(value), "value": {"on": _at(8, day)}}
        for x, y, day, value in places
    ]
    return {
        "points": points,
        "path": "M" + "L".join(f"{point['x']} {point['y']}" for point in points),
        "grid": [{"y": 268, "label": "0"}, {"y": 187, "label": "100"}, {"y": 106, "label": "200"}],
        "zero": 268,
        "has_stations": True,
        "target": {"y": 122},
        "baseline": None,
    }


def _timeline() -> list[dict[str, Any]]:
    return [
        {
            "at": _at(10, 6),
            "text": "Team gegründet, 9 Personen.",
            "url": "#timeline",
            "url_label": "Zum Projekt",
            "now": True,
        },
        {"at": _at(8, 31), "text": "Antwort der Stadt"},
        {"when": "Am Anfang", "text": "Idee eingereicht"},
    ]


def _sessions() -> list[dict[str, Any]]:
    return [
        {"device": "Firefox auf Linux", "seen_at": _at(11, 20), "current": True, "url": ""},
        {"device": "Chrome auf Android", "seen_at": _at(11, 2), "url": "/konto/sitzungen/2"},
    ]


def _points() -> list[dict[str, Any]]:
    places = (
        ("Sprechstunde im Dorfladen", 51.214, 12.512, "Moosbach, im Regelbetrieb"),
        ("Feuerwehrhaus", 51.339, 12.377, "Birkenrode, in Erprobung"),
        ("Bücherbus", 51.402, 12.604, ""),
        ("Stadtteilbüro Nord", 51.341, 12.381, "Lindfurt"),
    )
    return [
        {"name": name, "url": "#map", "latitude": latitude, "longitude": longitude, "note": note}
        for name, latitude, longitude, note in places
    ]


def filled_form() -> SampleForm:
    data = {"title": "Bücherei länger offen lassen", "place": "lindfurt"}
    form = SampleForm(data=data | {"latitude": 51.34, "longitude": 12.37})
    form.body.max_length = 4000
    return form


def broken_form() -> SampleForm:
    form = SampleForm(MultiDict({"title": "", "place": "lindfurt"}), prefix="broken-")
    form.body.max_length = 4000
    form.validate()
    return form


@dataclass(frozen=True)
class Words:
    """Longer texts and lists that would only be in the way in the template."""

    toc: tuple[tuple[str, str], ...] = (
        ("Farben", "colours"),
        ("Karten", "card"),
        ("Formulare", "field"),
    )
    diff: tuple[tuple[str, str], ...] = (
        (" ", "Eine Tür, die sich mit dem Büchereiausweis öffnet,"),
        ("-", "täglich von 18 bis 22 Uhr."),
        ("+", "dienstags bis donnerstags von 18 bis 22 Uhr."),
    )
    promises: tuple[tuple[str, bool], ...] = (
        ("Beratung im Kulturausschuss bis Ende September", True),
        ("Drei Angebote für das Türsystem bis 4. Dezember 2026", False),
    )
    navigation: tuple[Link, ...] = field(
        default=(Link("Ideen", "#site_header", current=True), Link("Projekte", "#site_header"))
    )
    language: dict[str, str] = field(
        default_factory=lambda: {"label": "English", "code": "en", "url": "#site_header"}
    )


def everything() -> dict[str, Any]:
    """All samples by the names that the template uses."""
    return {
        "rows": _rows(),
        "steps": _life_line(),
        "overview": _overview(),
        "tree": _tree(),
        "points": _points(),
        "quarters": _quarters(),
        "curve": _curve(),
        "events": _timeline(),
        "sessions": _sessions(),
        "filled": filled_form(),
        "broken": broken_form(),
        "words": Words(),
        "at": _at(8, 14, 19),
        "later": _at(9, 19),
    }
