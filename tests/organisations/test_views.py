"""Pages of organisations: who reaches what, what stays in the form, the way of an invitation."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from civic.accounts.models import Role, User
from civic.core import clock
from civic.core.db import db
from civic.organisations import queries, service
from civic.organisations.models import Joining, Organisation, OrganisationRole
from tests.accounts.post import PASSWORD, hashed, link_in
from tests.accounts.post import mails as account_mails
from tests.client import Browser
from tests.make import make_municipality, make_user
from tests.make_organisations import add_member, make_organisation
from tests.organisations.post import mails, token_in

OWNER, EDITOR, MEMBER = OrganisationRole
ADDRESS = "eva@example.org"


@pytest.fixture
def scene(app):
    """An organisation and people around it, by name."""
    with app.app_context():
        town = make_municipality("Moosbach", slug="moosbach")
        owner = make_user("Ada Besitzerin")
        found = make_organisation(owner, town, name="Bürgerverein")
        people = {
            "owner": owner,
            "editor": add_member(found, role=EDITOR),
            "member": add_member(found),
            "stranger": make_user(),
            "staff": make_user(roles=[(Role.STAFF, town)]),
            "moderator": make_user(roles=[(Role.MODERATOR, town)]),
            "admin": make_user(roles=[(Role.ADMIN, None)]),
        }
        asker = make_user()
        service.ask_to_join(asker, found, message="Ich gärtnere gern.")
        service.invite(owner, found, email=ADDRESS, role=EDITOR, language="de")
        db.session.commit()
        return {name: user.id for name, user in people.items()} | {
            "id": found.id,
            "url": f"/organisationen/{found.id}",
            "page": f"/organisationen/{found.id}-buergerverein",
            "request": queries.open_request(asker, found).id,
            "invitation": queries.invitations_to(ADDRESS)[0].id,
            "token": token_in(mails(ADDRESS)[-1]),
        }


def form_of(**changes):
    return {
        "name": "Radlerinnen und Radler",
        "kind": "association",
        "municipality": "moosbach",
        "joining": "request",
        "description": "Wir fahren Rad.",
        "website": "radler.example.org",
        "contact_name": "",
        "contact_email": "",
        "contact_phone": "",
    } | changes


ALL = ("owner", "editor", "member", "stranger", "staff", "moderator", "admin")


@pytest.mark.parametrize(
    ("path", "who", "refusal"),
    [
        ("bearbeiten", {"owner", "editor"}, 403),
        ("logo/bearbeiten", {"owner", "editor"}, 403),
        ("mitglieder", {"owner", "editor", "member", "moderator", "admin"}, 404),
        ("protokoll", {"owner", "editor", "member", "moderator", "admin"}, 404),
        ("mitglieder/{member}/rolle", {"owner"}, 404),
        ("mitglieder/{member}/entfernen", {"owner"}, 404),
        ("uebergeben", {"owner"}, 404),
        ("anfragen", {"owner"}, 404),
        ("anfragen/{request}", {"owner"}, 404),
        ("anfragen/neu", {"stranger", "staff", "moderator", "admin"}, 403),
        ("einladungen", {"owner"}, 404),
        ("verlassen", {"owner", "editor", "member"}, 403),
        ("schliessen", {"owner", "admin"}, 403),
        ("bestaetigen", {"staff", "admin"}, 403),
        ("bestaetigung/zuruecknehmen", {"staff", "admin"}, 403),
    ],
)
def test_who_reaches_what(scene, browser, path, who, refusal):
    url = f"{scene['url']}/{path.format(**scene)}"
    browser.get(url, 302)
    for name in ALL:
        browser.sign_in(scene[name])
        browser.get(url, 200 if name in who else refusal)


def test_two_organisations_never_see_each_other_inside(app, scene, browser):
    with app.app_context():
        owner = make_user()
        other = make_organisation(owner).id
        owner = owner.id
        db.session.commit()
    browser.sign_in(owner)
    for path in ("mitglieder", "protokoll", "anfragen", "einladungen"):
        browser.get(f"{scene['url']}/{path}", 404)
    for path in (f"anfragen/{scene['request']}", f"mitglieder/{scene['member']}/rolle"):
        browser.get(f"/organisationen/{other}/{path}", 404)
    browser.post(f"/organisationen/{other}/einladungen/{scene['invitation']}/erneut", 404)


def test_opening_an_organisation_keeps_the_input(app, scene, browser):
    browser.sign_in(scene["stranger"])
    page = browser.post("/organisationen/neu", 422, **form_of(website="kein wort", kind=""))
    assert page.one("input", name="name").get("value") == "Radlerinnen und Radler"
    assert page.one("div", id="error_summary") is not None
    page = browser.post("/organisationen/neu", **form_of())
    assert page.location.endswith("-radlerinnen-und-radler")
    shown = browser.get(page.location)
    assert any(a.get("href") == "https://radler.example.org" for a in shown.all("a"))
    assert "noopener" in next(
        a.get("rel") for a in shown.all("a") if a.get("href") == "https://radler.example.org"
    )


def test_the_kind_administration_is_offered_to_staff_alone(scene, browser):
    for name, is_offered in (("stranger", False), ("staff", True)):
        browser.sign_in(scene[name])
        values = {o.get("value") for o in browser.get("/organisationen/neu").all("option")}
        assert ("administration" in values) is is_offered


def test_an_editor_has_no_field_for_the_name(scene, browser):
    browser.sign_in(scene["editor"])
    page = browser.get(f"{scene['url']}/bearbeiten")
    assert not page.all("input", name="name")
    browser.post(f"{scene['url']}/bearbeiten", **form_of(name="Gekapert", contact_name="Büro"))
    shown = browser.get(scene["page"])
    assert shown.one("h1").text == "Bürgerverein"
    assert "Büro" in shown.words


def test_the_preview_shows_the_text_as_it_will_look(scene, browser):
    browser.sign_in(scene["owner"])
    part = browser.post("/organisationen/vorschau", 200, fragment=True, description="**fett** <b>")
    assert "<strong>fett</strong>" in part.text
    assert "<b>" not in part.text


def test_joining_and_leaving(app, scene, browser):
    with app.app_context():
        db.session.get_one(Organisation, scene["id"]).joining = Joining.OPEN
        db.session.commit()
    browser.sign_in(scene["stranger"])
    browser.post(f"{scene['url']}/beitreten")
    browser.get(f"{scene['url']}/mitglieder")
    browser.post(f"{scene['url']}/verlassen")
    browser.get(f"{scene['url']}/mitglieder", 404)


def test_the_last_owner_is_told_what_to_do(scene, browser):
    browser.sign_in(scene["owner"])
    page = browser.post(f"{scene['url']}/verlassen", 422)
    links = {a.get("href") for a in page.one("main").iter("a")}
    assert {f"{scene['url']}/uebergeben", f"{scene['url']}/schliessen"} <= links


def test_asking_and_answering(scene, browser):
    browser.sign_in(scene["stranger"])
    url = f"{scene['url']}/anfragen/neu"
    browser.post(url, 422, message="")
    browser.post(url, message="Darf ich mitmachen?")
    assert not browser.get(url).all("textarea")
    browser.sign_in(scene["owner"])
    assert "Ich gärtnere gern." in browser.get(f"{scene['url']}/anfragen").words
    url = f"{scene['url']}/anfragen/{scene['request']}"
    page = browser.post(url, 422, decision="decline", answer="")
    assert page.one("textarea", name="answer").get("aria-invalid") == "true"
    browser.post(url, decision="accept", answer="")
    assert not browser.get(url).all("textarea")


def test_withdrawing_a_request(scene, browser):
    browser.sign_in(scene["stranger"])
    browser.post(f"{scene['url']}/anfragen/zurueckziehen", 404)
    browser.post(f"{scene['url']}/anfragen/neu", message="Bitte")
    browser.post(f"{scene['url']}/anfragen/zurueckziehen")
    assert browser.get(f"{scene['url']}/anfragen/neu").all("textarea")


# -- the link of an invitation ----------------------------------------------------------------


def test_a_stranger_with_the_link_learns_the_name_and_no_more(scene, browser):
    page = browser.get(f"/organisationen/einladung/{scene['token']}")
    assert "Bürgerverein" in page.words
    for secret in (ADDRESS, "Ada Besitzerin"):
        assert secret not in page.text
    links = {a.get("href") for a in page.one("main").iter("a")}
    back = f"next=/organisationen/einladung/{scene['token']}"
    assert {f"/anmelden?{back}", f"/registrieren?{back}"} <= {
        (link or "").replace("%2F", "/") for link in links
    }
    assert "no-store" in page.headers["Cache-Control"]
    assert browser.post(f"/organisationen/einladung/{scene['token']}", 302)


def test_another_account_cannot_use_the_link_and_learns_no_address(app, scene, browser):
    browser.sign_in(scene["stranger"])
    url = f"/organisationen/einladung/{scene['token']}"
    for page in (browser.get(url), browser.post(url, 422, decision="accept")):
        assert ADDRESS not in page.text
        assert "Ada Besitzerin" not in page.text
        assert not page.all("button", name="decision")
    with app.app_context():
        assert queries.invitation_behind(scene["token"]) is not None


@pytest.mark.parametrize("token", ["x", "0" * 43, "../..", "%00"])
def test_a_link_that_is_none_says_so(scene, browser, token):
    browser.get(f"/organisationen/einladung/{token}", 400 if token == "%00" else 404)


def test_looking_at_the_link_changes_nothing(app, scene, browser):
    with app.app_context():
        eva = make_user(email=ADDRESS, email_key=ADDRESS).id
        db.session.commit()
    browser.sign_in(eva)
    url = f"/organisationen/einladung/{scene['token']}"
    assert len(browser.get(url).all("button", name="decision")) == 2
    browser.get(url)
    assert browser.post(url, decision="accept").location == scene["page"]
    browser.get(url, 404)
    browser.post(url, 404, decision="accept")


def test_from_the_link_through_signing_up_and_back(app, scene):
    """Somebody without an account: link, sign up, confirm, sign in, and there it is again."""
    with app.app_context():
        make_municipality()
        db.session.commit()
    browser = Browser(app)
    url = f"/organisationen/einladung/{scene['token']}"
    browser.get(url)
    browser.get(f"/registrieren?next={url}")
    browser.post(
        "/registrieren", email=ADDRESS, name="Eva Neu", password=PASSWORD, home="",
        is_old_enough="y",
    )  # fmt: skip
    with app.app_context():
        link = link_in(account_mails(ADDRESS)[-1])
    browser.post(link)
    form = browser.get("/anmelden")
    assert form.one("input", name="next").get("value") == url
    page = browser.post("/anmelden", email=ADDRESS, password=PASSWORD, next=url)
    assert page.location == url
    browser.post(url, decision="accept")
    browser.get(f"{scene['url']}/mitglieder")


def test_an_invitation_is_found_in_the_account_without_the_link(app, scene, browser):
    with app.app_context():
        eva = make_user(email=ADDRESS, email_key=ADDRESS).id
        db.session.commit()
    answer = f"/konto/organisationen/einladungen/{scene['invitation']}"
    with app.app_context():
        db.session.get(User, eva).confirmed_at = None
        db.session.commit()
    browser.sign_in(eva)  # whoever signed up with the address need not be who reads its mails
    browser.post(answer, 404, decision="accept")
    with app.app_context():
        db.session.get(User, eva).confirmed_at = clock.now()
        db.session.commit()
    browser.sign_in(scene["stranger"])
    assert "Bürgerverein" not in browser.get("/konto/organisationen").one("main").itertext()
    browser.post(answer, 404, decision="accept")
    browser.sign_in(eva)
    assert "Ada Besitzerin" in browser.get("/konto/organisationen").words
    browser.post(answer, decision="accept")
    browser.get(f"{scene['url']}/mitglieder")


@pytest.mark.parametrize("known", [True, False])
def test_inviting_a_known_and_an_unknown_address_looks_alike(app, scene, browser, known):
    with app.app_context():
        if known:
            make_user(email="x@example.org", email_key="x@example.org")
            db.session.commit()
    browser.sign_in(scene["owner"])
    url = f"{scene['url']}/einladungen"
    browser.post(url, 422, email="x", role="member")
    browser.post(url, email="x@example.org", role="member")
    page = browser.get(url)
    assert [h.text for h in page.all("h3")] == ["x@example.org", ADDRESS]


# -- the logo ---------------------------------------------------------------------------------


def picture(size=(300, 200)):
    target = BytesIO()
    Image.new("RGB", size, "#5b2a57").save(target, "PNG")
    return target.getvalue()


def send(browser, url, data, name="logo.png"):
    sent = {"csrf_token": browser._token(), "logo": (BytesIO(data), name)}
    return browser.client.post(url, data=sent, content_type="multipart/form-data")


def test_a_logo_is_shown_in_two_sizes_and_removed(scene, browser):
    url = f"{scene['url']}/logo"
    browser.get(url, 404)
    browser.sign_in(scene["editor"])
    assert send(browser, f"{url}/bearbeiten", picture()).status_code == 303
    shown = browser.get(scene["page"]).one("img")
    small = browser.client.get(shown.get("src"))
    large = browser.client.get(shown.get("srcset").split()[0])
    assert [Image.open(BytesIO(each.data)).width for each in (small, large)] == [128, 256]
    assert small.content_type == "image/webp"
    assert "immutable" in small.headers["Cache-Control"]
    for other in (url, f"{url}?v=12345678"):
        assert browser.client.get(other).headers["Cache-Control"] == "public, max-age=60"
    browser.post(f"{url}/entfernen")
    browser.get(url, 404)


@pytest.mark.parametrize(
    "data", [b"", b"<svg onload='alert(1)'/>", b"GIF89a", picture()[:60], b"\x00" * 1000]
)
def test_what_is_no_picture_is_refused_and_leaves_nothing(app, scene, browser, data):
    browser.sign_in(scene["owner"])
    answer = send(browser, f"{scene['url']}/logo/bearbeiten", data, "logo.png")
    assert answer.status_code == 422
    assert 'id="error_summary"' in answer.text
    browser.get(f"{scene['url']}/logo", 404)


# -- confirming and closing -------------------------------------------------------------------


def test_the_page_says_in_words_whether_it_is_confirmed(app, scene, browser):
    browser.sign_in(scene["staff"])
    browser.post(f"{scene['url']}/bestaetigen")
    sign = browser.get(scene["page"]).all("span", class_="state--good")
    assert any("Moosbach" in "".join(each.itertext()) for each in sign)
    browser.post(f"{scene['url']}/bestaetigung/zuruecknehmen", 422, reason="")
    browser.post(
        f"{scene['url']}/bestaetigung/zuruecknehmen", reason="Niemand ist dort zu erreichen."
    )
    assert not browser.get(scene["page"]).all("span", class_="state--good")


def test_closing_is_asked_about_and_the_page_stays(scene, browser):
    browser.sign_in(scene["owner"])
    assert browser.get(f"{scene['url']}/schliessen").all("form", class_="confirm")
    browser.post(f"{scene['url']}/schliessen")
    browser.sign_out()
    browser.get(scene["page"])
    assert "Bürgerverein" not in browser.get("/organisationen").words


def test_a_person_who_deletes_the_account_hands_over(app, scene, browser):
    with app.app_context():
        db.session.get_one(User, scene["owner"]).password_hash = hashed()
        db.session.commit()
    browser.sign_in(scene["owner"])
    browser.post("/konto/loeschen", contributions="keep", password=PASSWORD)
    with app.app_context():
        [owner] = queries.owners(db.session.get_one(Organisation, scene["id"]))
        assert owner.id == scene["editor"]
