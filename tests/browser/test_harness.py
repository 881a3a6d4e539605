"""The harness finds what it must find: each planted fault is named, and a good page passes."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from tests.browser.harness import (
    FEW_LOOKS,
    Look,
    assert_reflows,
    axe,
    link_in,
    mails,
    newest_mail,
    picture,
)
from tests.browser.server import serving


@pytest.fixture(scope="module")
def specimen(tmp_path_factory):
    instance = tmp_path_factory.mktemp("specimen")
    with serving(instance, application="tests.browser.specimen:create_app") as server:
        yield server


@pytest.mark.parametrize("look", FEW_LOOKS, ids=str)
def test_a_good_page_passes_in_every_look(open_page, specimen, look):
    page = open_page("/", look, server=specimen)

    axe(page)
    assert_reflows(page)


@pytest.mark.parametrize("js", [True, False])
def test_scripts_run_only_where_they_are_on(open_page, specimen, js):
    page = open_page("/scripted", Look(js=js), server=specimen)

    axe(page)  # switches scripts on for itself; those of the page must stay as they were

    expect(page.locator("h1")).to_have_text("Skript" if js else "Gut")


@pytest.mark.parametrize("js", [True, False])
@pytest.mark.parametrize(
    ("path", "rule"), [("/no-alternative", "image-alt"), ("/pale", "color-contrast")]
)
def test_axe_finds_a_planted_fault(open_page, specimen, js, path, rule):
    page = open_page(path, Look(js=js), server=specimen)

    with pytest.raises(AssertionError, match=rule):
        axe(page)


def test_axe_sees_the_theme(open_page, specimen):
    axe(open_page("/pale-by-night", Look(), server=specimen))

    with pytest.raises(AssertionError, match="color-contrast"):
        axe(open_page("/pale-by-night", Look(theme="dark"), server=specimen))


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/inline-script", "console error: .*Content Security Policy"),
        ("/inline-style", "console error: .*Content Security Policy"),
        ("/throwing", "script error: .*planted"),
        ("/foreign", "foreign request: http://elsewhere.example"),
        ("/missing-file", "answer 404: stylesheet"),
        ("/broken", "answer 500: document"),
    ],
)
def test_the_watch_names_a_planted_fault(open_page, watches, specimen, path, fault):
    open_page(path, server=specimen).wait_for_load_state("networkidle")
    [watch] = watches

    with pytest.raises(AssertionError, match=fault):
        watch.complain()

    watch.faults.clear()


def test_a_breach_of_the_policy_is_seen_without_scripts(open_page, watches, specimen):
    open_page("/inline-style", Look(js=False), server=specimen)
    [watch] = watches

    with pytest.raises(AssertionError, match="Content Security Policy"):
        watch.complain()

    watch.faults.clear()


def test_a_refused_page_is_no_fault(open_page, watches, specimen):
    page = open_page("/nowhere", server=specimen)

    expect(page.locator("h1")).to_have_text("Fehlt")
    assert watches[0].faults == []


def test_an_expected_fault_can_be_forgiven(open_page, watches, specimen):
    open_page("/broken", server=specimen)

    watches[0].forgive("answer 500")

    watches[0].complain()


def test_large_text_is_large_on_every_page_that_follows(open_page, specimen):
    page = open_page("/", Look(text=200), server=specimen)
    sizes = []
    for path in ("/", "/scripted", "/pale"):
        page.goto(path)
        sizes.append(page.evaluate("getComputedStyle(document.body).fontSize"))

    assert sizes == ["32px"] * 3


def test_a_page_wider_than_the_window_is_found(open_page, specimen):
    with pytest.raises(AssertionError, match="wide"):
        assert_reflows(open_page("/wide", Look(width=320), server=specimen))


def test_a_picture_is_saved(open_page, specimen):
    path = picture(open_page("/", server=specimen), "harness")

    assert path.read_bytes().startswith(b"\x89PNG")


def test_the_newest_mail_and_its_link_are_found(specimen):
    folder = specimen.instance / "mail"
    folder.mkdir()
    for number in (1, 2):
        message = EmailMessage()
        message["To"] = "einwohnerin@example.org"
        message["Subject"] = f"Bestätigen {number}"
        message.set_content(f"Grüße\nhttp://127.0.0.1:8000/konto/bestaetigen/{number} bitte")
        (folder / f"20260101-0000{number}-00000{number}.eml").write_bytes(bytes(message))

    assert len(mails(specimen, "einwohnerin@example.org")) == 2
    newest = newest_mail(specimen, "einwohnerin@example.org", after=1)
    assert link_in(newest, "/bestaetigen/") == "http://127.0.0.1:8000/konto/bestaetigen/2"
    assert mails(specimen, "niemand@example.org") == []
