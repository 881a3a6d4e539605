"""Forms that come back, by whom they are sent: looked at by `test_access.py` with their errors.

Words in braces stand for numbers and links, as in `tours.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.browser.tours import ASSOCIATION, OFFICE, RESIDENT


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
    Refused(RESIDENT, "/ideen/neu", "/ideen/neu", {"title": "Kurz"}),
    Refused(RESIDENT, "/ideen/{own}/bearbeiten", "/bearbeiten", {"body": "x"}),
    Refused(RESIDENT, "/ideen/{own}/zurueckziehen", "/zurueckziehen", {}),
    Refused(RESIDENT, "/beitraege/{talk}/kommentare", "/kommentare", {}),
    Refused(RESIDENT, "/kommentare/{comment}/antworten", "/antworten", {}),
    Refused(
        RESIDENT,
        "/kommentare/{own_comment}/bearbeiten",
        "/bearbeiten",
        {"body": ""},
    ),
    Refused(RESIDENT, "/konto/profil", "/konto/profil", {"name": "<b>"}),
    Refused(RESIDENT, "/konto/email", "/konto/email", {"email": "x"}),
    Refused(RESIDENT, "/konto/passwort", "/konto/passwort", {"password": "kurz"}),
    Refused(RESIDENT, "/konto/loeschen", "/konto/loeschen", {}),
    Refused("moderation@example.org", "/beitraege/{talk}/ausblenden", "/ausblenden", {}),
    Refused("moderation@example.org", "/beitraege/{hidden}/einblenden", "/einblenden", {}),
    Refused(OFFICE, "/ideen/{open}/entscheiden", "/entscheiden", {}),
    Refused(
        "admin@example.org",
        "/kommunen/lindfurt/einstellungen",
        "/einstellungen",
        {"title": "", "answer_days": "0", "support_threshold": "-1"},
    ),
    Refused("admin@example.org", "/verwaltung/themen", "/verwaltung/themen", {}),
    Refused("admin@example.org", "/verwaltung/themen/{topic}", "/themen/", {"name_de": ""}),
    Refused(RESIDENT, "/projekte/neu", "/projekte/neu", {"title": "Kurz"}),
    Refused(RESIDENT, "/projekte/{looking}/beitreten", "/beitreten", {}),
    Refused(RESIDENT, "/projekte/{looking}/gesucht/{wanted}/bewerben", "/bewerben", {}),
    Refused(RESIDENT, "/organisationen/neu", "/organisationen/neu", {}),
    Refused(RESIDENT, "/organisationen/{network}/anfragen/neu", "/anfragen/neu", {}),
    Refused(ASSOCIATION, "/projekte/{project}/aufgaben/neu", "/aufgaben/neu", {}),
    Refused(
        ASSOCIATION, "/projekte/{project}/meilensteine/neu", "/meilensteine/neu", {"due_on": "x"}
    ),
    Refused(ASSOCIATION, "/projekte/meilensteine/{milestone}/abschliessen", "/abschliessen", {}),
    Refused(ASSOCIATION, "/projekte/{project}/nachrichten/neu", "/nachrichten/neu", {}),
    Refused(ASSOCIATION, "/projekte/{project}/beschluesse/neu", "/beschluesse/neu", {}),
    Refused(ASSOCIATION, "/projekte/beschluesse/{decision}/entfernen", "/entfernen", {}),
    Refused(
        ASSOCIATION,
        "/projekte/{project}/bearbeiten",
        "/bearbeiten",
        {"title": "Kurz", "budget": "viel"},
    ),
    Refused(ASSOCIATION, "/projekte/{project}/abschliessen", "/abschliessen", {}),
    Refused(ASSOCIATION, "/projekte/{project}/beenden", "/beenden", {}),
    Refused(ASSOCIATION, "/projekte/{project}/team/{mate}/entfernen", "/entfernen", {}),
    Refused(ASSOCIATION, "/projekte/{project}/verlassen", "/verlassen", {}),
    Refused(ASSOCIATION, "/projekte/{project}/gesucht/neu", "/gesucht/neu", {"until_on": "x"}),
    Refused(ASSOCIATION, "/projekte/{project}/anfragen/{asked}", "/anfragen/", {}),
    Refused(ASSOCIATION, "/projekte/{project}/einladungen", "/einladungen", {"email": "x"}),
    Refused(ASSOCIATION, "/beitraege/{project}/anhaenge", "/anhaenge", {}),
    Refused(ASSOCIATION, "/anhaenge/{file}/bearbeiten", "/bearbeiten", {"alt": ""}),
    Refused(
        ASSOCIATION,
        "/organisationen/{organisation}/bearbeiten",
        "/bearbeiten",
        {"name": "", "website": "kein Netz"},
    ),
    Refused(ASSOCIATION, "/organisationen/{organisation}/logo/bearbeiten", "/logo/bearbeiten", {}),
    Refused(ASSOCIATION, "/organisationen/{organisation}/anfragen/{applicant}", "/anfragen/", {}),
    Refused(
        ASSOCIATION, "/organisationen/{organisation}/einladungen", "/einladungen", {"email": "x"}
    ),
    Refused(ASSOCIATION, "/organisationen/{organisation}/uebergeben", "/uebergeben", {}),
    Refused(ASSOCIATION, "/organisationen/{organisation}/verlassen", "/verlassen", {}),
    Refused(ASSOCIATION, "/erprobungsraeume/{free}/bewerben", "/bewerben", {}),
    Refused(
        ASSOCIATION, "/erprobungsraeume/bewerbungen/{running}/abschliessen", "/abschliessen", {}
    ),
    Refused(ASSOCIATION, "/innovationen/neu", "/innovationen/neu", {}),
    Refused(ASSOCIATION, "/innovationen/boerse/neu", "/boerse/neu", {"until_on": "x"}),
    Refused(
        "paul@example.org", "/projekte/{ended}/erkenntnisse", "/erkenntnisse", {"lessons": "x"}
    ),
    Refused("moderation@example.org", "/anhaenge/{file}/herausnehmen", "/herausnehmen", {}),
    Refused(OFFICE, "/projekte/{proposed}/genehmigen", "/genehmigen", {}),
    Refused(OFFICE, "/projekte/{project}/pausieren", "/pausieren", {}),
    Refused(
        OFFICE, "/organisationen/{organisation}/bestaetigung/zuruecknehmen", "/zuruecknehmen", {}
    ),
    Refused(
        OFFICE,
        "/erprobungsraeume/neu",
        "/erprobungsraeume/neu",
        {"capacity": "", "begins_on": "x"},
    ),
    Refused(
        OFFICE, "/erprobungsraeume/{free}/bearbeiten", "/bearbeiten", {"title": "", "capacity": "0"}
    ),
    Refused(OFFICE, "/erprobungsraeume/bewerbungen/{waiting}/entscheiden", "/entscheiden", {}),
    Refused(
        OFFICE, "/innovationen/{kept}/bearbeiten", "/bearbeiten", {"title": "", "cost_once": "viel"}
    ),
    Refused(OFFICE, "/innovationen/{kept}/beenden", "/beenden", {}),
    Refused(OFFICE, "/innovationen/{kept}/schritt", "/schritt", {}),
    Refused(
        OFFICE,
        "/innovationen/{kept}/schritt/{gate}/entscheiden",
        "/entscheiden",
        {"decided_on": "x"},
    ),
    Refused(OFFICE, "/innovationen/{kept}/zahlen/neu", "/zahlen/neu", {"target": "x"}),
    Refused(OFFICE, "/innovationen/{kept}/zahlen/{kept_indicator}", "/werte", {"value": "x"}),
    Refused(OFFICE, "/innovationen/{kept}/zahlen/{kept_indicator}/einlesen", "/einlesen", {}),
    Refused(OFFICE, "/innovationen/{adopted}/uebernahme", "/uebernahme", {"decided_on": "x"}),
    Refused(
        OFFICE,
        "/innovationen/{innovation}/uebernehmen",
        "/uebernehmen",
        {"title": "", "decided_on": "x"},
    ),
    Refused(OFFICE, "/innovationen/boerse/{offer}/bearbeiten", "/bearbeiten", {"title": ""}),
)
