"""Pages of innovations: whole, refused, what stays in the forms; and their budget of queries."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from civic.accounts.models import Role
from civic.core import clock
from civic.core.db import db
from civic.innovations.models import Gate, Indicator, Innovation, Measurement, Stage
from civic.innovations.queries import gates as gates_of
from tests.make import make_municipality, make_topic, make_user
from tests.make_innovations import (
    BODY,
    LESSONS,
    TITLE,
    make_gate,
    make_indicator,
    make_innovation,
    pass_gate,
)
from tests.make_projects import make_project

REASON = "Es hilft vielen Menschen und kostet wenig."


@pytest.fixture
def scene(app):
    """An innovation of an administration, by numbers, and people around it."""
    with app.app_context():
        town = make_municipality("Moosbach", slug="moosbach")
        innovation = make_innovation(municipality=town, contact_email="ehrenamt@example.org")
        indicator = make_indicator(innovation, values={date(2026, 1, 31): "64"})
        topic = make_topic("digitales")
        db.session.commit()
        return {
            "id": innovation.id,
            "url": f"/innovationen/{innovation.id}-digitale-sprechstunde-im-dorfladen",
            "at": f"/innovationen/{innovation.id}",
            "figures": f"/innovationen/{innovation.id}/zahlen/{indicator.id}",
            "indicator": indicator.id,
            "topic": topic.slug,
            "author": innovation.author_id,
            "staff": make_user(roles=[(Role.STAFF, town)]).id,
            "member": make_user().id,
        }


def stands(app, scene):
    with app.app_context():
        return db.session.get_one(Innovation, scene["id"]).state


def test_the_page_tells_what_it_is_and_how_to_cite_it(scene, browser):
    page = browser.get(scene["url"])
    assert page.one("h1").text == TITLE
    assert "http://localhost" + scene["at"] in page.words
    assert page.all("a", href="mailto:ehrenamt@example.org")
    assert "Set-Cookie" not in page.headers
    assert 'role="img"' in page.text


def test_an_old_slug_leads_to_the_present_address(scene, browser):
    assert browser.get(f"{scene['at']}-frueher", 301).location == scene["url"]
    assert browser.get(scene["at"], 301).location == scene["url"]


def test_what_is_hidden_is_unknown_to_strangers(app, scene, browser):
    with app.app_context():
        db.session.get_one(Innovation, scene["id"]).hidden_at = clock.now()
        db.session.commit()
    for part in ("/verlauf", "/unterlagen", "/zahlen"):
        browser.get(scene["at"] + part, 404)
    browser.get(scene["url"], 404)
    browser.get(scene["figures"] + ".csv", 404)


@pytest.mark.parametrize("part", ["/bearbeiten", "/schritt", "/beenden", "/zahlen/neu"])
def test_inner_pages_are_for_those_who_keep_it(scene, browser, part):
    assert browser.get(scene["at"] + part, 302).location.startswith("/anmelden")
    browser.sign_in(scene["member"])
    browser.get(scene["at"] + part, 403)
    browser.sign_in(scene["author"])
    browser.get(scene["at"] + part)


# -- registering ---------------------------------------------------------------------------------


def new(scene, **changes):
    return {
        "title": "Mitfahrbank am Ortsrand",
        "body": BODY,
        "municipality": "moosbach",
        "topics": scene["topic"],
        "stage": "idea",
    } | changes


def test_the_administration_registers_and_goes_on_with_the_details(app, scene, browser):
    browser.sign_in(scene["staff"])
    browser.get("/innovationen/neu")
    page = browser.post("/innovationen/neu", **new(scene))
    assert page.location.endswith("/bearbeiten")
    browser.get(page.location)
    with app.app_context():
        made = db.session.scalars(select(Innovation).order_by(Innovation.id.desc())).first()
        assert (made.title, made.state) == ("Mitfahrbank am Ortsrand", Stage.IDEA)


def test_a_member_is_told_no_and_a_foreign_municipality_too(app, scene, browser):
    browser.sign_in(scene["member"])
    browser.get("/innovationen/neu", 403)
    browser.post("/innovationen/neu", 403, **new(scene))
    with app.app_context():
        make_municipality("Anderswo", slug="anderswo")
    browser.sign_in(scene["staff"])
    page = browser.post("/innovationen/neu", 422, **new(scene, municipality="anderswo"))
    assert page.one("input", name="title").get("value") == "Mitfahrbank am Ortsrand"
    assert page.one("select", name="municipality").get("aria-invalid") == "true"


def test_the_lead_registers_what_became_of_the_project(app, scene, browser):
    with app.app_context():
        project = make_project()
        id, lead = project.id, project.author_id
        db.session.commit()
    browser.sign_in(scene["member"])
    browser.get(f"/innovationen/neu?projekt={id}", 403)
    browser.get("/innovationen/neu?projekt=999999", 404)
    browser.sign_in(lead)
    page = browser.get(f"/innovationen/neu?projekt={id}")
    assert not page.all("select", name="municipality")
    browser.post(f"/innovationen/neu?projekt={id}", **new(scene))
    with app.app_context():
        made = db.session.scalars(select(Innovation).order_by(Innovation.id.desc())).first()
        assert made.project_id == id


# -- editing -------------------------------------------------------------------------------------


def test_the_entry_is_changed_and_shown(scene, browser):
    browser.sign_in(scene["author"])
    form = browser.get(scene["at"] + "/bearbeiten")
    seen = form.one("input", name="seen").get("value")
    changes = {
        **new(scene),
        "cost_once": "3.200 €",
        "cost_yearly": "0",
        "software": "Terminkalender",
        "licence": "other",
        "licence_other": "OFL-1.1",
        "used_since": "1.2.2025",
        "lessons": LESSONS,
        "seen": seen,
    }
    browser.post(scene["at"] + "/bearbeiten", **changes)
    page = browser.get(f"{scene['at']}-mitfahrbank-am-ortsrand")
    for words in ("3.200 Euro", "OFL-1.1", "1. Februar 2025", "Wochentag"):
        assert words in page.words
    again = browser.get(scene["at"] + "/bearbeiten")
    assert again.one("input", name="licence_other").get("value") == "OFL-1.1"
    assert again.one("input", name="cost_once").get("value") == "3200"


def test_a_second_tab_keeps_its_words_and_may_save_after_a_warning(scene, browser):
    browser.sign_in(scene["author"])
    late = browser.post(scene["at"] + "/bearbeiten", 409, **new(scene), seen="gestern")
    assert late.one("input", name="title").get("value") == "Mitfahrbank am Ortsrand"
    fresh = late.one("input", name="seen").get("value")
    browser.post(scene["at"] + "/bearbeiten", **new(scene), seen=fresh)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cost_once", "viel"),
        ("used_since", "irgendwann"),
        ("licence_other", "<b>"),
        ("contact_email", "keine"),
        ("licence", "erfunden"),
    ],
)
def test_wrong_entries_are_named_and_kept(scene, browser, field, value):
    browser.sign_in(scene["author"])
    page = browser.post(scene["at"] + "/bearbeiten", 422, **new(scene), **{field: value})
    wrong = next(e for tag in ("input", "select") for e in page.all(tag, name=field))
    assert wrong.get("aria-invalid") == "true"
    if wrong.tag == "input":
        assert wrong.get("value") == value


def test_a_preview_is_cleaned(scene, browser):
    browser.sign_in(scene["author"])
    page = browser.post(
        "/innovationen/vorschau?feld=lessons",
        200,
        fragment=True,
        lessons="**gut**<script>x</script>",
    )
    assert "<strong>gut</strong>" in page.text
    assert "<script>" not in page.text


# -- gates ---------------------------------------------------------------------------------------


def test_from_the_proposal_to_the_decision(app, scene, browser):
    browser.sign_in(scene["author"])
    assert browser.post(scene["at"] + "/schritt", 422, to="pilot", costs="").status == 422
    page = browser.post(
        scene["at"] + "/schritt", to="pilot", costs="nichts", voices="Endlich hilft jemand."
    )
    decide = page.location
    assert decide.endswith("/entscheiden")
    browser.sign_in(scene["member"])
    browser.get(decide, 404)
    assert "Endlich hilft jemand" not in browser.get(scene["at"] + "/verlauf").words
    browser.sign_in(scene["staff"])
    assert "Endlich hilft jemand" in browser.get(decide).words
    verdict = {"verdict": "agree", "body": "Gemeinderat", "reason": REASON}
    page = browser.post(decide, 422, decided_on="31.12.2999", **verdict)
    assert page.one("input", name="body").get("value") == "Gemeinderat"
    browser.post(decide, decided_on=clock.today().isoformat(), **verdict)
    assert stands(app, scene) == Stage.PILOT
    browser.sign_out()
    history = browser.get(scene["at"] + "/verlauf").words
    assert "Gemeinderat" in history
    assert REASON in history
    assert "Endlich hilft jemand" in history


def test_what_was_decided_meanwhile_is_not_decided_again(app, scene, browser):
    with app.app_context():
        innovation = db.session.get_one(Innovation, scene["id"])
        gate = pass_gate(innovation)
        decide = f"{scene['at']}/schritt/{gate.id}/entscheiden"
        db.session.commit()
    browser.sign_in(scene["staff"])
    verdict = {"verdict": "refuse", "body": "Gemeinderat", "reason": REASON}
    browser.get(decide, 303)
    browser.post(decide, 303, decided_on=clock.today().isoformat(), **verdict)
    assert stands(app, scene) == Stage.PILOT


def test_a_proposal_is_taken_back_after_a_question(app, scene, browser):
    with app.app_context():
        gate = make_gate(db.session.get_one(Innovation, scene["id"]))
        url = f"{scene['at']}/schritt/{gate.id}/zuruecknehmen"
        db.session.commit()
    browser.sign_in(scene["author"])
    browser.get(url)
    browser.post(url)
    with app.app_context():
        assert gates_of.waiting(db.session.get_one(Innovation, scene["id"])) is None


def test_an_honest_end_shows_its_lessons_first(app, scene, browser):
    browser.sign_in(scene["author"])
    page = browser.post(scene["at"] + "/beenden", 422, lessons="Schade.", costs="900 Euro")
    assert page.one("textarea", name="lessons").get("aria-invalid") == "true"
    decide = browser.post(scene["at"] + "/beenden", lessons=LESSONS, costs="900 Euro").location
    today = clock.today().isoformat()
    verdict = {"verdict": "agree", "body": "Gemeinderat", "reason": REASON, "decided_on": today}
    browser.post(decide, **verdict)
    assert stands(app, scene) == Stage.ENDED
    browser.sign_out()
    words = browser.get(scene["url"]).words
    assert "Ehrlich beendet" in words
    assert (
        words.index("Wochentag") < words.index("Ehrenamtliche helfen dort, wo ohnehin alle") + 900
    )
    browser.sign_in(scene["author"])
    browser.get(scene["at"] + "/bearbeiten", 403)
    browser.get(scene["at"] + "/schritt")


# -- figures -------------------------------------------------------------------------------------


def test_an_indicator_is_set_up_filled_and_drawn(scene, browser):
    browser.sign_in(scene["author"])
    browser.post(scene["at"] + "/zahlen/neu", 422, name="Wartezeit", baseline="1.284")
    page = browser.post(scene["at"] + "/zahlen/neu", name="Wartezeit", unit="Tage", target="-3,5")
    url = page.location
    value = {"measured_on": "31.1.2026", "value": "1.284,5", "note": "Anfang"}
    browser.post(url + "/werte", **value)
    again = browser.post(url + "/werte", 422, **value)
    assert again.one("input", name="value").get("value") == "1.284,5"
    browser.post(url + "/werte", **value, replace="y")
    assert "1.284,5" in browser.get(url).words
    browser.sign_out()
    browser.get(url)
    assert "Wartezeit" in browser.get(scene["at"] + "/zahlen").words


def table_of(text):
    return (io.BytesIO(text.encode()), "werte.csv")


def test_a_table_is_read_or_each_bad_line_named(app, scene, browser):
    browser.sign_in(scene["author"])
    url = scene["figures"] + "/einlesen"
    browser.get(url)
    bad = browser.post(url, 422, file=table_of("28.02.2026;70\n31.02.2026;5\nx\n"))
    for words in ("Zeile 2:", "Zeile 3:", "31.02.2026"):
        assert words in bad.words
    browser.post(url, 422, file=table_of("31.01.2026;65\n28.02.2026;70\n"))
    browser.post(url, file=table_of("31.01.2026;65\n28.02.2026;70\n"), replace="y")
    with app.app_context():
        found = select(Measurement).where(Measurement.indicator_id == scene["indicator"])
        assert [m.value for m in db.session.scalars(found.order_by(Measurement.measured_on))] == [
            65,
            70,
        ]
    csv = browser.get(scene["figures"] + ".csv")
    assert csv.text.splitlines()[1:] == ["2026-01-31;65;", "2026-02-28;70;"]
    assert "attachment" in csv.headers["Content-Disposition"]


def test_removing_asks_first(app, scene, browser):
    browser.sign_in(scene["author"])
    with app.app_context():
        value = db.session.scalars(select(Measurement)).one().id
    for url in (f"{scene['figures']}/werte/{value}/entfernen", f"{scene['figures']}/entfernen"):
        browser.get(url)
        browser.post(url)
    with app.app_context():
        assert db.session.scalars(select(Indicator)).all() == []


def test_an_indicator_of_another_entry_is_not_found_here(app, scene, browser):
    with app.app_context():
        other = make_innovation().id
        db.session.commit()
    browser.get(f"/innovationen/{other}/zahlen/{scene['indicator']}", 404)
    browser.get(f"/innovationen/{other}/zahlen/{scene['indicator']}.csv", 404)


# -- budget --------------------------------------------------------------------------------------


class Queries:
    """Counts the statements that a request sends."""

    def __init__(self, app):
        with app.app_context():
            self.target = db.engine
        self.number = 0

    def _count(self, *args):
        if not args[2].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            self.number += 1

    def __enter__(self):
        event.listen(self.target, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_):
        event.remove(self.target, "before_cursor_execute", self._count)


@pytest.mark.parametrize("number", [1, 10])
def test_query_budgets_do_not_grow_with_gates_and_figures(app, browser, scene, number):
    with app.app_context():
        innovation = db.session.get_one(Innovation, scene["id"])
        first = date(2025, 1, 1)
        for n in range(number):
            values = {first + timedelta(days=d): str(d) for d in range(number)}
            make_indicator(innovation, name=f"Nummer {n}", values=values)
            pass_gate(innovation, gates_of.steps(innovation)[n % 2])
        db.session.commit()
        assert len(db.session.scalars(select(Gate)).all()) == number
    for url, budget in (
        (scene["url"], 14),
        (scene["at"] + "/verlauf", 8),
        (scene["at"] + "/unterlagen", 8),
        (scene["at"] + "/zahlen", 6),
        (scene["figures"], 6),
    ):
        browser.get(url)
        with Queries(app) as sent:
            browser.get(url)
        assert sent.number <= budget, f"{url}: {sent.number}"
