"""What people come for, from the first page to the last, with scripts and without."""

from __future__ import annotations

import re
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Look, axe, eventually, mails, sign_in, text_of
from tests.browser.steps import (
    BODY,
    fill_idea,
    find_idea,
    follow,
    main_action,
    on_one_page,
    sign_up,
    submit,
)

NEW_PASSWORD = "Kirschbaum Leiter Nebel"
WITHOUT_SCRIPTS = Look(js=False)


@pytest.fixture(params=[True, False], ids=["js", "nojs"])
def look(request):
    return Look(js=request.param)


def one_of(look, with_scripts, without):
    """Each way has people and things of its own: both write into the same demo."""
    return with_scripts if look.js else without


def test_an_idea_from_the_sign_up_to_its_withdrawal(open_page, live, look):
    author, supporter = open_page("/", look), open_page(None, look)
    title = one_of(look, "Leuchten für den Weg am Mühlbach", "Leuchten für den Weg am Anger")
    address = one_of(look, "nora@example.org", "otto@example.org")

    name = one_of(look, "Nora Lichtblick", "Otto Laterne")
    sign_up(author, live, address=address, name=name, password=NEW_PASSWORD)
    sign_in(author, address, NEW_PASSWORD)
    expect(author.locator("h1")).to_contain_text(name)

    see_what_is_similar(author, look)
    keep_a_draft(author, look, title)
    url = publish_the_draft(author, title)
    sign_in(supporter, one_of(look, "selin@example.org", "anton@example.org"))
    vote_and_comment(supporter, look, url)
    answer_the_comment(author, look, url)
    change_after_the_vote(author, supporter, live, look, url)
    take_it_back(author, url)
    # A visitor's browser keeps pages for a minute: this one has seen none before.
    see_what_stays(open_page(urlsplit(url).path, look))


def see_what_is_similar(author, look):
    author.goto("/ideen/neu")
    author.locator("[name=title]").fill("Beleuchtung am Weg zum Bahnhalt")
    if not look.js:
        author.locator("button[name=draft]").click()
    alike = author.locator("#similar").get_by_role("link", name=re.compile("Weg zum Bahnhalt"))
    expect(alike).to_be_visible()


def keep_a_draft(author, look, title):
    """With scripts it is kept while one types, without by the button."""
    if look.js:
        with author.expect_response("**/ideen/entwurf"):
            author.locator("[name=title]").fill(title)
            author.locator("[name=body]").fill(BODY)
        expect(author.locator("#draft_state")).to_contain_text("Uhr")
    else:
        author.locator("[name=title]").fill(title)
        author.locator("[name=body]").fill(BODY)
        author.locator("button[name=draft]").click()
        expect(author.locator("#messages")).to_contain_text("Entwurf")
    author.goto("/")
    author.goto("/ideen/neu")
    expect(author.locator("[name=title]")).to_have_value(title)
    expect(author.locator("[name=body]")).to_have_value(BODY)


def publish_the_draft(author, title):
    """What is missing is said, what was typed stays; then it is there for everybody."""
    main_action(author)
    expect(author.locator("#error_summary")).to_be_visible()
    expect(author.locator("[name=title]")).to_have_value(title)
    axe(author)
    fill_idea(author, title)
    main_action(author)
    expect(author.locator("h1")).to_have_text(title)
    expect(author.locator("#vote_button")).to_have_count(0)
    url = author.url
    author.goto("/ideen/neu")
    expect(author.locator("[name=title]")).to_have_value("")
    return url


def vote_and_comment(supporter, look, url):
    supporter.goto(url)
    with on_one_page(supporter, js=look.js):
        supporter.locator("#vote_button").click()
        expect(supporter.locator("#vote_state")).to_be_visible()
        expect(supporter.locator(".vote-box__count strong")).to_have_text("1")
        supporter.locator("#comment_submit").click()
        expect(supporter.locator("#error_summary")).to_be_visible()
    supporter.goto(url)
    with on_one_page(supporter, js=look.js):
        supporter.locator("#comment_body").fill("Auch am Spielplatz fehlt eine **Leuchte**.")
        supporter.locator("#comment_submit").click()
        said = supporter.locator(
            ".comment__body", has_text="Auch am Spielplatz fehlt eine Leuchte."
        )
        expect(said).to_have_count(1)
        expect(said.locator("strong")).to_have_text("Leuchte")
    supporter.goto(url)
    expect(said).to_be_visible()


def answer_the_comment(author, look, url):
    author.goto(url)
    with on_one_page(author, js=look.js):
        author.locator("[id^=comment_reply_][id$=_link]").click()
        author.locator("[id^=comment_reply_][id$=_body]").fill("Stimmt, den nehme ich dazu.")
        author.locator("[id^=comment_reply_][id$=_submit]").click()
        expect(author.locator(".replies .comment__body")).to_contain_text("den nehme ich dazu")


def change_after_the_vote(author, supporter, live, look, url):
    """From the first vote on a change is a new version, and who voted is told."""
    address = one_of(look, "selin@example.org", "anton@example.org")
    before = len(mails(live, address))
    author.goto(url)
    author.locator('main a[href^="/ideen/"][href$="/bearbeiten"]').click()
    author.locator("[name=body]").fill(f"{BODY} Am Spielplatz eine vierte.")
    main_action(author)
    expect(author.locator("#messages")).to_contain_text("gespeichert")
    leads_there = urlsplit(url).path

    def new_version() -> EmailMessage | None:
        """Not the reply of before, which may still be on its way: that leads to a comment."""
        letters = mails(live, address)[before:]
        return next((letter for letter in letters if leads_there in text_of(letter)), None)

    eventually(new_version, "a mail about the new version")

    supporter.goto(url)
    expect(supporter.locator("#vote_changed")).to_be_visible()
    follow(supporter, "/fassungen")
    expect(supporter.locator("ins").first).to_contain_text("Am Spielplatz eine vierte.")
    supporter.goto(url)
    with on_one_page(supporter, js=look.js):
        supporter.locator("#vote_carry_over").click()
        expect(supporter.locator("#vote_changed")).to_have_count(0)
        expect(supporter.locator("#vote_state")).to_be_visible()


def take_it_back(author, url):
    """A reason is asked for."""
    author.goto(url)
    follow(author, "/zurueckziehen")
    submit(author, "/zurueckziehen")
    expect(author.locator("#error_summary")).to_be_visible()
    author.locator("[name=code][value=started]").check()
    author.locator("[name=text]").fill("Die Stadt hat schon Leuchten bestellt.")
    submit(author, "/zurueckziehen")
    expect(author.locator("#messages")).to_contain_text("zurückgezogen")


def see_what_stays(stranger):
    expect(stranger.locator("main")).to_contain_text("Die Stadt hat schon Leuchten bestellt.")
    expect(stranger.locator(".vote-box__count strong")).to_have_text("1")
    expect(stranger.locator("#vote_button")).to_have_count(0)
    expect(stranger.locator(".comment__body").first).to_be_visible()


def test_a_moderator_hides_an_idea_and_shows_it_again(open_page, live, look):
    moderator, author = open_page(None, look), open_page(None, look)
    sign_in(moderator, "moderation@example.org")
    sign_in(author, one_of(look, "sophie@example.org", "nele@example.org"))
    title = one_of(
        look, "Den Schulhof am Wochenende für alle öffnen", "Das Gemeindeblatt auch zum Hören"
    )
    url = find_idea(moderator, title)
    reason = "Im Text steht die Anschrift einer Familie."

    follow(moderator, "/ausblenden", within="main aside")
    submit(moderator, "/ausblenden")
    expect(moderator.locator("#error_summary")).to_be_visible()
    moderator.locator("[name=reason]").fill(reason)
    submit(moderator, "/ausblenden")
    expect(moderator.locator("#moderation_notice")).to_contain_text(reason)

    assert open_page(None, look).goto(url).status == 404
    author.goto(url)
    expect(author.locator("#moderation_notice")).to_contain_text(reason)
    follow(author, "/moderation")
    expect(author.locator("main")).to_contain_text(reason)
    stranger = open_page(f"/ideen?q={title}", look)
    expect(stranger.locator("#idea_list h2")).to_be_visible()
    expect(stranger.locator("#idea_list .card")).to_have_count(0)

    follow(moderator, "/einblenden")
    moderator.locator("[name=reason]").fill("Die Anschrift ist nicht mehr im Text.")
    submit(moderator, "/einblenden")
    expect(moderator.locator("#moderation_notice")).to_have_count(0)
    assert open_page(None, look).goto(url).status == 200


def test_a_hidden_comment_leaves_its_place(open_page, live, look):
    moderator, stranger = open_page(None, look), open_page(None, look)
    sign_in(moderator, "moderation@example.org")
    title = one_of(
        look, "Sprechzeiten des Bürgerbüros auch per Video", "Ein Mängelmelder, der auch antwortet"
    )
    url = find_idea(moderator, title)
    comment = moderator.locator("article.comment").first
    place, words = comment.get_attribute("id"), comment.locator(".comment__body").inner_text()

    comment.locator('a[href$="/ausblenden"]').click()
    moderator.locator("[name=reason]").fill("Hier werden Menschen beleidigt")
    submit(moderator, "/ausblenden")

    stranger.goto(url)
    tombstone = stranger.locator(f"#{place}")
    expect(tombstone).to_contain_text("Hier werden Menschen beleidigt")
    assert words not in stranger.content()


def test_an_administration_answers(open_page, live, look):
    staff = open_page(None, look)
    sign_in(staff, "verwaltung@example.org")
    title = one_of(
        look,
        "Straßennamen erzählen: kurze Hörstücke an den Schildern",
        "Reparaturtreff mit Liste: Wer kann was, und welches Teil fehlt noch?",
    )
    url = find_idea(staff, title)
    answer = (
        "Das freut uns, aber wir können es nicht bezahlen: "
        "Im Haushalt ist dafür nichts vorgesehen. Bitte fragen Sie beim Geschichtsverein nach."
    )

    follow(staff, "/entscheiden")
    staff.locator("[name=state][value=declined]").check()
    staff.locator("[name=reason]").fill("Geht leider nicht.")
    with staff.expect_response(lambda r: r.request.method == "POST") as refused:
        submit(staff, "/entscheiden")
    assert refused.value.status == 422
    expect(staff.locator("#error_summary")).to_be_visible()
    expect(staff.locator("[name=reason]")).to_have_value("Geht leider nicht.")
    expect(staff.locator("[name=state][value=declined]")).to_be_checked()
    staff.locator("[name=reason]").fill(answer)
    submit(staff, "/entscheiden")

    stranger = open_page(urlsplit(url).path, look)
    expect(stranger.locator("main")).to_contain_text("wir können es nicht bezahlen")
    expect(stranger.locator("#vote_button")).to_have_count(0)


def test_the_password_and_the_devices_of_an_account(open_page, live, look):
    address = one_of(look, "jonas@example.org", "ines@example.org")
    here, there = open_page(None, look), open_page(None, look)
    sign_in(here, address)
    sign_in(there, address)

    here.goto("/konto/sitzungen")
    expect(here.locator(".sessions__item")).to_have_count(2)
    here.goto("/konto/passwort")
    here.locator("[name=current_password]").fill("nicht mein Passwort")
    here.locator("[name=password]").fill(NEW_PASSWORD)
    main_action(here)
    expect(here.locator("#error_summary")).to_be_visible()
    here.locator("[name=current_password]").fill("zukunft-machen-2026")
    here.locator("[name=password]").fill(NEW_PASSWORD)
    main_action(here)
    expect(here.locator("#messages")).to_contain_text("Passwort")

    there.goto("/konto")
    assert urlsplit(there.url).path == "/anmelden"
    sign_in(there, address, NEW_PASSWORD)
    here.goto("/konto/sitzungen")
    expect(here.locator(".sessions__item")).to_have_count(2)
    here.locator(".sessions__item form button").click()
    expect(here.locator(".sessions__item")).to_have_count(1)
    there.goto("/konto")
    assert urlsplit(there.url).path == "/anmelden"


def test_who_leaves_leaves_their_contributions_without_a_name(open_page, live, look):
    address = one_of(look, "clara@example.org", "yusuf@example.org")
    title = one_of(
        look,
        "Glasfaser: Wann ist meine Straße dran, und bleibt die Einfahrt offen?",
        "Abholfächer am Dorfladen für die Zeit nach Ladenschluss",
    )
    member = open_page(None, look)
    sign_in(member, address)
    url = find_idea(member, title)

    member.goto("/konto/loeschen")
    member.locator("[name=password]").fill("zukunft-machen-2026")
    submit(member, "/konto/loeschen")

    expect(member.locator("#messages")).to_contain_text("gelöscht")
    member.goto(url)
    expect(member.locator("main .page-head")).to_contain_text("Ehemaliges Mitglied")
    member.goto("/anmelden")
    member.locator("[name=email]").fill(address)
    member.locator("[name=password]").fill("zukunft-machen-2026")
    main_action(member)
    expect(member.locator("#error_summary")).to_be_visible()


def test_the_page_speaks_english_and_german_again(open_page, look):
    page = open_page("/ideen?kommune=lindfurt", look)
    expect(page.locator("html")).to_have_attribute("lang", "de")

    page.locator(".site-header__tools").get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("Ideas")
    assert page.url.endswith("/ideen?kommune=lindfurt")

    page.locator(".site-header__tools").get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("h1")).to_have_text("Ideen")


def test_the_list_is_filtered_sorted_turned_and_shared(open_page, look):
    page = open_page("/ideen", look)
    found, titles = page.locator("#list_head"), page.locator("#idea_list .card__title")
    everything = found.inner_text()

    with on_one_page(page, js=look.js):
        page.locator("[name=kommune]").select_option("lindfurt")
        submit(page, "/ideen")
        expect(found).not_to_have_text(everything)
        page.wait_for_url("**kommune=lindfurt**")
    page.locator("#idea_list .chips a").click()
    expect(found).to_have_text(everything)
    page.locator("#idea_list .sort a[href*=unterstuetzt]").click()
    page.wait_for_url("**sortierung=unterstuetzt**")
    expect(found).to_have_text(everything)
    votes = [
        int(re.search(r"\d+", text)[0]) for text in page.locator(".card__stat").all_inner_texts()
    ]
    assert votes == sorted(votes, reverse=True)
    first = titles.first.inner_text()

    with on_one_page(page, js=look.js):
        page.locator("#idea_list a[rel=next]").click()
        page.wait_for_url("**nach=**")
        expect(titles.first).not_to_have_text(first)
        second = titles.first.inner_text()
    shared = page.url
    page.go_back()
    expect(titles.first).to_have_text(first)
    assert "nach=" not in page.url
    page.go_forward()
    expect(titles.first).to_have_text(second)

    other = open_page(None, look)
    other.goto(shared)
    expect(other.locator("#idea_list .card__title").first).to_have_text(second)
    expect(other.locator("#idea_list .sort [aria-current]")).to_have_text("Meiste Stimmen")


def test_a_list_without_results_leads_on(open_page, look):
    page = open_page("/ideen?q=Unterwasserrugby", look)

    expect(page.locator("#idea_list .card")).to_have_count(0)
    page.locator('#idea_list a[href^="/ideen/neu"]').click()
    page.wait_for_url("**/anmelden**")
    page.locator("[name=email]").fill("netzwerk@example.org")
    page.locator("[name=password]").fill("zukunft-machen-2026")
    main_action(page)
    expect(page.locator("[name=title]")).to_have_value("Unterwasserrugby")
