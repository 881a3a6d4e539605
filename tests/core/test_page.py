"""One template, two lives; and links back to the page that one is on."""

from __future__ import annotations

import pytest

from civic.core.page import go_to, here, wants_fragment


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "True"}, False),
        ({"HX-Request": "1"}, False),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_who_wants_a_fragment(app, headers, expected):
    with app.test_request_context("/", headers=headers):
        assert wants_fragment() is expected


def test_a_page_is_whole_and_a_fragment_is_its_block(browser):
    page = browser.get("/ideen")
    assert page.one("main").find(".//*[@id='idea_list']") is not None
    fragment = browser.get("/ideen", fragment=True)
    assert not fragment.all("main")
    assert fragment.all("header", class_="site-header") == []
    assert [e for e in fragment.tree.iter() if e.get("id") == "idea_list"]


def test_after_a_command(app):
    with app.test_request_context("/"):
        answer = go_to("/ideen/7")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/ideen/7")
    with app.test_request_context("/", headers={"HX-Request": "true"}):
        answer = go_to("/ideen/7")
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/ideen/7")
        assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("address", "changes", "expected"),
    [
        ("/ideen", {}, "/ideen"),
        ("/ideen?q=a&thema=b&thema=c", {}, "/ideen?q=a&thema=b&thema=c"),
        ("/ideen?q=a&nach=xyz", {}, "/ideen?q=a"),
        ("/ideen?q=a&nach=xyz", {"nach": "abc"}, "/ideen?q=a&nach=abc"),
        ("/ideen?q=a&status=open", {"status": None}, "/ideen?q=a"),
        ("/ideen?q=a", {"q": ""}, "/ideen"),
        ("/ideen?q=", {}, "/ideen"),
        ("/kommunen/lindfurt?q=a&slug=x", {}, "/kommunen/lindfurt?q=a"),
        ("/ideen?endpoint=x&_external=1&_anchor=a&_scheme=javascript&_method=POST", {}, "/ideen"),
        ("/ideen?q=//evil.example", {}, "/ideen?q=//evil.example"),
    ],
)
def test_the_same_page_with_something_changed(app, address, changes, expected):
    with app.test_request_context(address):
        assert here(**changes) == expected


@pytest.mark.parametrize(
    "name", ["endpoint", "_anchor", "_external", "_method", "_scheme", "values", "self"]
)
def test_no_parameter_confuses_a_page(app, name):
    for url in ("/ideen", "/kommunen"):
        answer = app.test_client().get(url, query_string={name: "POST"})
        assert answer.status_code == 200
        assert "POST:" not in answer.text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/ideen", "Ideen"),
        ("/organisationen", "Organisationen"),
        ("/organisationen/1/mitglieder", "Organisationen"),
        ("/konto/wirkung", None),
        ("/konto/aufgaben", None),
        ("/konto/organisationen", None),
        ("/konto", None),
    ],
)
def test_where_one_is_in_the_main_navigation(app, address, expected):
    """A part of /konto belongs to the account, whichever room shows it."""
    with app.test_request_context(address):
        current = [link.label for link in app.extensions["civic"].navigation() if link.current]
    assert current == ([expected] if expected else [])
