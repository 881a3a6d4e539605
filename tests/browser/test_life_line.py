"""A life line walked to its end by six people, and one that ends honestly and is found."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from civic.core import clock
from tests.browser.harness import Look, axe, eventually, sign_in
from tests.browser.steps import follow, main_action, publish, submit

IDEA = "Am Nachmittag ein Kino in der Bücherei"
PROJECT = "Kino am Nachmittag"
INNOVATION = "Nachmittagskino in der Bücherei"
VILLAGE = "Nachmittagskino im Bürgerhaus"
ASSOCIATION = "Förderverein Stadtbücherei Lindfurt e. V."
TESTBED = "Stadtbücherei Lindfurt nach Ladenschluss"
WANTED = "Jemand, der den Vorhang zuzieht"
GOAL = "Einmal in der Woche läuft ein Film, zu dem auch Menschen kommen, die sonst nie da sind."
CHANGED = "Im Bürgerhaus, weil es bei uns keine Bücherei gibt."
#: Steps after the concept, and how the page calls them.
GATES = (("pilot", "Erprobung"), ("rollout", "Einführung"), ("regular", "Regelbetrieb"))

ENDING = "Bodensensoren für Straßenbäume, gebaut von der Schule"
LESSONS = (
    "Die Sensoren haben gut gemessen, aber niemand hatte Zeit, nach der Karte zu gießen. "
    "Wir würden zuerst die Gießkannen verteilen und dann die Technik."
)


@pytest.fixture(params=[True, False], ids=["js", "nojs"])
def look(request):
    return Look(js=request.param)


def test_a_life_line_from_the_first_idea_to_the_next_village(open_page, look):
    people = ("selin", "ines", "verein", "verwaltung", "elif", "helga")
    resident, neighbour, association, administration, newcomer, village = (
        come(open_page, look, person) for person in people
    )
    idea = publish(resident, IDEA)
    vote(neighbour, idea)
    vote(association, idea)

    project = begin(association, idea)
    assert neighbour.goto(f"/projekte/{project}").status == 404
    let_it_begin(administration, project)
    hear_of_it(resident, IDEA, "Ein Projekt baut auf dieser Idee auf")
    fill_the_team(association, newcomer, project)
    assert neighbour.goto(f"/projekte/{project}/innen").status in {403, 404}

    try_it_out(association, administration, project)
    innovation = register(association, project)
    measure(association, innovation)
    for stage, name in GATES:
        pass_gate(association, administration, innovation, stage, name)

    take_over(village, innovation)
    hear_of_it(resident, INNOVATION)
    see_what_became_of_it(resident, idea)


def come(open_page, look: Look, person: str) -> Page:
    page = open_page(None, look)
    sign_in(page, f"{person}@example.org")
    return page


def vote(page: Page, idea: str) -> None:
    page.goto(idea)
    page.locator("#vote_button").click()
    expect(page.locator("#vote_state")).to_be_visible()


def begin(association: Page, idea: str) -> str:
    """The association begins a project from the idea, in its own name; returns the number."""
    association.goto(idea)
    association.locator('main a[href*="/projekte/neu?idee="]').first.click()
    fill(association, title=PROJECT, goal=GOAL)
    association.locator("[name=municipality]").select_option("lindfurt")
    association.locator("[name=topics]").first.check()
    association.locator("[name=voice]").select_option(label=ASSOCIATION)
    main_action(association)
    expect(association.locator("h1")).to_have_text(PROJECT)
    expect(association.locator("#approval")).to_be_visible()
    return number_in(association.url)


def let_it_begin(administration: Page, project: str) -> None:
    """The administration agrees and names who speaks for it in the team."""
    administration.goto("/projekte/genehmigen")
    administration.get_by_role("link", name=PROJECT, exact=True).click()
    follow(administration, "/genehmigen")
    choose(administration, decision="approve")
    fill(administration, reason="Der Gruppenraum ist am Mittwoch frei. Wir freuen uns darauf.")
    main_action(administration)
    expect(administration.locator("#approval")).to_have_count(0)
    follow(administration, "/kontakt")
    administration.get_by_label("Petra Voss").check()
    main_action(administration)
    administration.goto(f"/projekte/{project}/team")
    expect(administration.locator("main")).to_contain_text("Petra Voss")


def hear_of_it(page: Page, title: str, words: str = "") -> None:
    """The queue has told of it: the thing stands in the notices, with these words."""

    def look() -> bool | None:
        page.goto("/konto/mitteilungen")
        group = page.locator(".notices__group", has_text=title).filter(has_text=words)
        return group.count() > 0 or None

    eventually(look, f"a notice of {title}")


def fill_the_team(lead: Page, newcomer: Page, project: str) -> None:
    """Somebody is looked for, applies, is accepted, and the work begins."""
    lead.goto(f"/projekte/{project}/gesucht/neu")
    fill(lead, title=WANTED, hours="2 Stunden in der Woche")
    main_action(lead)

    newcomer.goto("/projekte/gesucht")
    newcomer.get_by_role("link", name=WANTED).click()
    follow(newcomer, "/bewerben")
    fill(newcomer, message="Mittwochs habe ich Zeit, und Vorhänge kann ich.")
    main_action(newcomer)

    lead.goto(f"/projekte/{project}/anfragen")
    lead.locator(f'main a[href*="/projekte/{project}/anfragen/"]').first.click()
    choose(lead, decision="accept")
    lead.locator("[name=fills]").check()
    fill(lead, answer="Der Vorhang wartet schon. Willkommen!")
    main_action(lead)
    lead.goto(f"/projekte/{project}")
    submit(lead, "/starten")

    newcomer.goto(f"/projekte/{project}/innen")
    expect(newcomer.locator("h1")).to_be_visible()
    newcomer.goto(f"/projekte/{project}/team")
    expect(newcomer.locator("main")).to_contain_text("Elif Yildiz")
    axe(newcomer)


def try_it_out(lead: Page, administration: Page, project: str) -> None:
    """Apply for a place in a test bed, be admitted, and say what came of it."""
    lead.goto(f"/projekte/{project}")
    lead.locator('main a[href*="/erprobungsraeume"]').first.click()
    lead.get_by_role("link", name=TESTBED, exact=True).click()
    expect(lead.locator("h1")).to_have_text(TESTBED)
    lead.locator('main a[href*="/bewerben"]').first.click()
    choose(lead, thing=project)
    fill(
        lead,
        plan="Vier Nachmittage mit vier Filmen. Wir brauchen den Gruppenraum und eine Leinwand.",
    )
    main_action(lead)
    lead.wait_for_url("**/bewerbungen/*")
    pilot = lead.url

    administration.goto(pilot)
    follow(administration, "/entscheiden")
    choose(administration, decision="admit")
    fill(administration, reason="Der Gruppenraum ist frei, die Leinwand hängt.")
    main_action(administration)

    lead.goto(pilot)
    follow(lead, "/abschliessen")
    fill(lead, result="Zum ersten Film kamen neun Menschen, zum vierten 31. Es fehlten Stühle.")
    main_action(lead)
    expect(lead.locator("main")).to_contain_text("Es fehlten Stühle.")


def register(lead: Page, project: str) -> str:
    """What was tried comes into the register; returns the number."""
    lead.goto(f"/projekte/{project}")
    lead.locator(f'main a[href*="/innovationen/neu?projekt={project}"]').first.click()
    fill(lead, title=INNOVATION)
    choose(lead, stage="concept")
    main_action(lead)
    lead.wait_for_url("**/bearbeiten")
    fill(lead, cost_once="900", staff="Zwei Ehrenamtliche je Nachmittag")
    main_action(lead)
    expect(lead.locator("h1")).to_have_text(INNOVATION)
    return number_in(lead.url)


def measure(lead: Page, innovation: str) -> None:
    """An indicator with two values, which is drawn and stands in a table."""
    lead.goto(f"/innovationen/{innovation}/zahlen/neu")
    fill(lead, name="Gäste im Quartal", unit="Gäste", baseline="0", target="100")
    main_action(lead)
    if not lead.locator("[name=measured_on]").count():
        lead.get_by_role("link", name="Gäste im Quartal").first.click()
    for day, value in (("31.03.2026", "48"), ("30.06.2026", "112")):
        fill(lead, measured_on=day, value=value)
        submit(lead, "/werte")
        expect(lead.locator("table")).to_contain_text(value)
    lead.goto(f"/innovationen/{innovation}/zahlen")
    expect(lead.locator("main figure svg").first).to_be_visible()
    axe(lead)


def pass_gate(lead: Page, administration: Page, innovation: str, stage: str, name: str) -> None:
    """The team shows what speaks for a step; the administration enters what was decided."""
    lead.goto(f"/innovationen/{innovation}/schritt")
    choose(lead, to=stage)
    fill(lead, figures="112 Gäste in einem Quartal, 100 waren erhofft.", costs="840 von 900 Euro.")
    main_action(lead)
    administration.goto(f"/innovationen/{innovation}")
    follow(administration, "/entscheiden")
    choose(administration, verdict="agree")
    fill(
        administration,
        body="Kulturausschuss der Stadt Lindfurt",
        decided_on=today(),
        reason="Das Kino bringt Menschen ins Haus, die sonst nicht kommen.",
    )
    main_action(administration)
    administration.goto(f"/innovationen/{innovation}")
    expect(administration.locator(".page-head .state").first).to_contain_text(name)


def take_over(village: Page, innovation: str) -> None:
    """A village makes an entry of its own of it; the origin shows the family."""
    village.goto(f"/innovationen/{innovation}")
    follow(village, "/uebernehmen")
    village.locator("[name=municipality]").select_option("moosbach")
    choose(village, degree="in_use")
    fill(
        village,
        changed=CHANGED,
        decided_by="Gemeinderat Moosbach",
        decided_on=today(),
        title=VILLAGE,
    )
    main_action(village)
    expect(village.locator("h1")).to_have_text(VILLAGE)
    village.goto(f"/innovationen/{innovation}")
    expect(village.locator("#family")).to_contain_text("Moosbach")
    axe(village)


def see_what_became_of_it(resident: Page, idea: str) -> None:
    """On the account and on the idea, down to the village."""
    resident.goto("/konto/wirkung")
    outcome = resident.locator(".impact__idea", has_text=IDEA)
    for words in (PROJECT, INNOVATION, "Gemeinde Moosbach"):
        expect(outcome).to_contain_text(words)
    axe(resident)
    resident.goto(idea)
    later = resident.locator("#later")
    for words in (PROJECT, INNOVATION, VILLAGE):
        expect(later).to_contain_text(words)
    axe(resident)


def test_an_honest_ending_is_found_in_the_register(open_page, look):
    lead, administration = (come(open_page, look, person) for person in ("theo", "helga"))
    stranger = open_page("/innovationen", look)
    stranger.get_by_role("link", name=ENDING, exact=True).click()
    innovation = number_in(stranger.url)

    end(lead, administration, innovation)
    end_the_project(lead, innovation)
    find_it(stranger)


def end(lead: Page, administration: Page, innovation: str) -> None:
    """The team proposes the end with its lessons, the administration decides it."""
    lead.goto(f"/innovationen/{innovation}/beenden")
    fill(lead, costs="750 Euro, und die Sensoren bleiben in der Schule.", lessons=LESSONS)
    main_action(lead)
    administration.goto(f"/innovationen/{innovation}")
    follow(administration, "/entscheiden")
    choose(administration, verdict="agree")
    fill(
        administration,
        body="Bauausschuss Moosbach",
        decided_on=today(),
        reason="Wir hören auf und danken allen, die gemessen haben.",
    )
    main_action(administration)


def end_the_project(lead: Page, innovation: str) -> None:
    """The project it came from ends with the same honesty."""
    lead.goto(f"/innovationen/{innovation}")
    lead.locator('main a[href*="/projekte/"]').first.click()
    follow(lead, "/beenden")
    fill(lead, words=LESSONS)
    lead.locator("main form .button--danger").click()
    expect(lead.locator("#lessons")).to_be_visible()
    axe(lead)


def find_it(stranger: Page) -> None:
    """By its stage and by a word of its lessons; the page says it first."""
    stranger.goto("/innovationen")
    stranger.locator("main [name=stufe]").select_option("ended")
    stranger.locator("main [name=q]").fill("Gießkannen")
    submit(stranger, "/innovationen")
    found = stranger.locator("#innovation_list").get_by_role("link", name=ENDING, exact=True)
    expect(found).to_have_count(1)
    axe(stranger)
    found.click()
    expect(stranger.locator(".page-head .state").first).to_contain_text("Ehrlich beendet")
    expect(stranger.locator("main")).to_contain_text("Gießkannen verteilen")
    axe(stranger)


def fill(page: Page, **texts: str) -> None:
    """Write into fields by their names."""
    for name, text in texts.items():
        page.locator(f"main form [name={name}]").fill(text)


def choose(page: Page, **values: str) -> None:
    """Take one of a few, by name and value."""
    for name, value in values.items():
        page.locator(f'main form [name={name}][value="{value}"]').check()


def number_in(url: str) -> str:
    """The number of the thing in the address of its page."""
    found = re.search(r"/(\d+)-", url)
    assert found, url
    return found[1]


def today() -> str:
    return f"{clock.today():%d.%m.%Y}"
