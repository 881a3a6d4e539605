"""Which pages are visited for whom by `test_access.py`, and which forms are sent back.

Words in braces stand for numbers and links that the test finds out.
"""

from __future__ import annotations

from typing import NamedTuple

STRANGER = (
    "/",
    "/ideen",
    "/ideen?kommune=lindfurt&thema=unterwegs&status=open&sortierung=unterstuetzt",
    "/ideen?status=overdue",
    "/ideen?q=Unterwasserrugby",
    "/ideen/{talk}",
    "/ideen/{changed}",
    "/ideen/{declined}",
    "/ideen/{withdrawn}",
    "/ideen/{changed}/fassungen",
    "/beitraege/{talk}/kommentare",
    "/beitraege/{talk}/kommentare?sortierung=neueste",
    "/beitraege/{quiet}/kommentare",
    "/kommentare/{comment}",
    "/kommunen",
    "/kommunen?q=Atlantis",
    "/kommunen/auental",
    "/kommunen/birkenrode",
    "/registrieren",
    "/registrieren/gesendet",
    "/anmelden",
    "/passwort-vergessen",
    "/passwort-vergessen/gesendet",
    "/impressum",
    "/datenschutz",
    "/barrierefreiheit",
    "/barrierefreiheit/melden?seite=/ideen",
    "/barrierefreiheit/melden/danke?seite=/ideen",
    "/stil",
    "{confirm}",
    "{reset}",
    "{end}",
    "/sprache/en?next=/ideen",
    "/datenschutz",
    "/ideen/{talk}",
)
MEMBER = (
    "/ideen?eigene=y",
    "/ideen?gemerkt=y",
    "/ideen/neu",
    "/ideen/neu?title=Beleuchtung+am+Weg+zum+Bahnhalt",
    "/ideen/{talk}",
    "/ideen/{own}",
    "/ideen/{own}/bearbeiten",
    "/ideen/{own}/zurueckziehen",
    "/beitraege/{talk}/kommentare",
    "/kommentare/{comment}/antworten",
    "/kommentare/{own_comment}/bearbeiten",
    "/kommentare/{own_comment}/entfernen",
    "/konto",
    "/konto/profil",
    "/konto/email",
    "{confirm_email}",
    "/konto/passwort",
    "/konto/sitzungen",
    "/konto/merkliste",
    "/konto/mitteilungen",
    "/konto/mitteilungen/beitraege/{told}",
    "/konto/mitteilungen/einstellungen",
    "/konto/suchen",
    "/konto/loeschen",
)
MODERATOR = (
    "/ideen/{talk}",
    "/ideen/{hidden}",
    "/beitraege/{talk}/ausblenden?grund=privates",
    "/beitraege/{hidden}/einblenden",
    "/beitraege/{hidden}/moderation",
    "/beitraege/{talk}/moderation",
    "/kommentare/{hidden_comment}",
    "/kommentare/{blocked_comment}",
)
STAFF = (
    "/ideen/{open}",
    "/ideen/{open}/entscheiden",
    "/beitraege/{talk}/mitteilungen",
    "/kommunen/lindfurt",
    "/kommunen/lindfurt/einstellungen",
    "/kommunen/lindfurt/themen",
)
ADMIN = (
    "/kommunen/lindfurt/einstellungen",
    "/verwaltung/themen",
    "/verwaltung/themen/{topic}",
    "/kommunen/lindfurt/themen",
    "/kommunen/lindfurt/themen/{local_topic}",
    "/impressum/bearbeiten",
    "/datenschutz/bearbeiten?sprache=en",
    "/verwaltung/betrieb",
    "/verwaltung/betrieb/auftraege",
    "/verwaltung/betrieb/auftraege/{dead}/verwerfen",
    "/verwaltung/betrieb/pruefung",
)
TOURS = {
    "": STRANGER,
    "einwohnerin@example.org": MEMBER,
    "moderation@example.org": MODERATOR,
    "verwaltung@example.org": STAFF,
    "admin@example.org": ADMIN,
}
#: What is refused on the way, with its status.
REFUSALS = {
    "": {
        "/bestaetigen/kein-link-mehr": 404,
        "/gibt-es-nicht": 404,
        "/ideen/{hidden}": 404,
        "/abmelden": 405,
        "/?q=%00": 400,
    },
    "einwohnerin@example.org": {
        "/verwaltung/themen": 403,
        "/beitraege/{talk}/ausblenden": 403,
    },
}
#: Addresses that answer no page of their own.
NO_PAGES = {
    "health.healthz": "for machines",
    "health.readyz": "for machines",
    "metrics.show": "for machines",
    "feeds.ideas": "for feed readers",
    "feeds.municipality": "for feed readers",
    "feeds.thing": "for feed readers",
    "municipalities.suggestions": "a part of a field; looked at where more than 40 take part",
    "ideas.similar": "a part of the form of an idea; looked at in test_what_htmx_swaps_in",
}


class Refused(NamedTuple):
    """A form that comes back: who sends it, from where, with what in it."""

    address: str
    path: str
    action: str
    entries: dict[str, str]


SUBMIT = "button[type=submit]:not([name], [formaction])"
REFUSED = (
    Refused("", "/registrieren", "/registrieren", {}),
    Refused("", "/anmelden", "/anmelden", {}),
    Refused("", "/passwort-vergessen", "/passwort-vergessen", {}),
    Refused("", "/registrieren/gesendet", "/registrieren/gesendet", {}),
    Refused("", "/barrierefreiheit/melden", "/barrierefreiheit/melden", {"email": "x"}),
    Refused("", "{reset}", "/passwort-neu/", {"password": "kurz"}),
    Refused("einwohnerin@example.org", "/ideen/neu", "/ideen/neu", {"title": "Kurz"}),
    Refused("einwohnerin@example.org", "/ideen/{own}/bearbeiten", "/bearbeiten", {"body": "x"}),
    Refused("einwohnerin@example.org", "/ideen/{own}/zurueckziehen", "/zurueckziehen", {}),
    Refused("einwohnerin@example.org", "/beitraege/{talk}/kommentare", "/kommentare", {}),
    Refused("einwohnerin@example.org", "/kommentare/{comment}/antworten", "/antworten", {}),
    Refused(
        "einwohnerin@example.org",
        "/kommentare/{own_comment}/bearbeiten",
        "/bearbeiten",
        {"body": ""},
    ),
    Refused("einwohnerin@example.org", "/konto/profil", "/konto/profil", {"name": "<b>"}),
    Refused("einwohnerin@example.org", "/konto/email", "/konto/email", {"email": "x"}),
    Refused("einwohnerin@example.org", "/konto/passwort", "/konto/passwort", {"password": "kurz"}),
    Refused("einwohnerin@example.org", "/konto/loeschen", "/konto/loeschen", {}),
    Refused("moderation@example.org", "/beitraege/{talk}/ausblenden", "/ausblenden", {}),
    Refused("moderation@example.org", "/beitraege/{hidden}/einblenden", "/einblenden", {}),
    Refused("verwaltung@example.org", "/ideen/{open}/entscheiden", "/entscheiden", {}),
    Refused(
        "admin@example.org",
        "/kommunen/lindfurt/einstellungen",
        "/einstellungen",
        {"title": "", "answer_days": "0", "support_threshold": "-1"},
    ),
    Refused("admin@example.org", "/verwaltung/themen", "/verwaltung/themen", {}),
    Refused("admin@example.org", "/verwaltung/themen/{topic}", "/themen/", {"name_de": ""}),
)
