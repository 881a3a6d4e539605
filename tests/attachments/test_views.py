"""Adding, reading and removing files through the pages."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask

from civic.accounts.models import Role
from civic.attachments.models import Attachment
from civic.contributions.models import Hiding
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.security import LARGEST_UPLOAD, MEBIBYTE
from civic.core.storage import StorageError, StorageFull
from civic.ideas.models import Idea
from tests.attachments import files
from tests.attachments.files import ALT
from tests.make import make_idea, make_municipality, make_user
from tests.make_attachments import DOCUMENT, make_attachment

AUTHOR, MEMBER, MODERATOR, NEIGHBOUR = 801, 802, 803, 804


@pytest.fixture
def house(app: Flask, media):
    with app.app_context(), transaction():
        town = make_municipality()
        author = make_user("Anna", id=AUTHOR)
        make_user("Berta", id=MEMBER)
        make_user("Moritz", id=MODERATOR, roles=[(Role.MODERATOR, town)])
        make_user("Nora", id=NEIGHBOUR, roles=[(Role.MODERATOR, make_municipality())])
        make_idea(author, town)
    return app


@pytest.fixture
def idea(house) -> int:
    with house.app_context():
        return db.session.query(Idea.id).scalar()


@pytest.fixture
def page_url(idea) -> str:
    return f"/beitraege/{idea}/anhaenge"


def make(house, idea: int, **changes: object) -> tuple[int, str]:
    """A file and its address."""
    with house.app_context():
        file = make_attachment(db.session.get_one(Idea, idea), **changes)
        db.session.commit()
        end = f"{file.widths[-1]}.webp" if file.is_image else file.name.replace(" ", "%20")
        return file.id, f"/anhaenge/{file.id}/{end}"


def change(house, idea: int, **values: object) -> None:
    with house.app_context(), transaction():
        thing = db.session.get_one(Idea, idea)
        for name, value in values.items():
            setattr(thing, name, value)


def sent(data: bytes, name: str = "baum.jpg", **more: object) -> dict[str, object]:
    return {"file": (BytesIO(data), name), "alt": ALT} | more


def close(page) -> None:
    """The test client keeps a large body in a file and does not close it."""
    page.response.request.environ["wsgi.input"].close()


def count(house) -> int:
    with house.app_context():
        return db.session.query(Attachment).count()


# -- adding ----------------------------------------------------------------------------------


def test_a_picture_is_added_and_shown(page_url, browser, media):
    browser.sign_in(AUTHOR)
    form = browser.get(page_url)
    assert "image/jpeg" in form.one("input", id="file").get("accept")
    assert browser.post(page_url, **sent(files.picture())).location.endswith(page_url)
    page = browser.get(page_url)
    assert ALT in page.words
    assert "1 Datei" in page.words or "1 file" in page.words
    [image] = page.all("img")
    shown = browser.client.get(image.get("src"))
    assert shown.headers["Content-Type"] == "image/webp"
    assert len(media.files) == 3


def test_a_mistake_keeps_what_was_typed(house, page_url, browser, media):
    browser.sign_in(AUTHOR)
    page = browser.post(page_url, 422, **sent(files.SVG, "bild.svg"))
    page.one("div", id="error_summary")
    assert page.one("input", id="alt").get("value") == ALT
    assert page.one("input", id="file").get("aria-invalid") == "true"
    page = browser.post(page_url, 422, **sent(files.picture(), alt=""))
    assert page.one("input", id="alt").get("aria-invalid") == "true"
    page = browser.post(page_url, 422, alt=ALT)
    assert page.one("input", id="file").get("aria-invalid") == "true"
    assert (count(house), media.files) == (0, [])


def test_twelve_megabytes_get_an_answer_in_the_form(house, page_url, browser, media):
    browser.sign_in(AUTHOR)
    page = browser.post(page_url, 422, **sent(files.large_picture(12)))
    close(page)
    words = page.one("div", id="error_summary")
    assert "10" in "".join(words.itertext())
    assert page.one("input", id="alt").get("value") == ALT
    assert (count(house), media.files) == (0, [])


def test_what_is_far_too_large_is_not_even_read(house, page_url, browser, media):
    browser.sign_in(AUTHOR)
    page = browser.post(page_url, 413, **sent(bytes(LARGEST_UPLOAD + 1)))
    close(page)
    assert "10 MB" in page.words
    assert (count(house), media.files) == (0, [])


def test_other_forms_and_strangers_stay_small(house, idea, page_url, browser):
    browser.sign_in(AUTHOR)
    close(browser.post(f"/beitraege/{idea}/kommentare", 413, **sent(bytes(MEBIBYTE + 1))))
    stranger = type(browser)(house)
    close(stranger.post(page_url, 413, token=False, **sent(bytes(MEBIBYTE + 1))))


def test_a_full_disk_is_told_in_the_form(house, page_url, browser, media, monkeypatch):
    def full(key: str, data: bytes) -> None:
        raise StorageFull

    monkeypatch.setattr(media.store, "put", full)
    browser.sign_in(AUTHOR)
    page = browser.post(page_url, 507, **sent(files.picture()))
    page.one("div", id="error_summary")
    assert page.one("input", id="alt").get("value") == ALT
    assert (count(house), media.files) == (0, [])


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "\u202egpj.exe", "x" * 300, "", ".", "a\\b", "%00"]
)
def test_no_name_leads_anywhere(page_url, browser, media, name):
    browser.sign_in(AUTHOR)
    if name:
        browser.post(page_url, **sent(files.picture(), name))
        assert all(key.startswith("attachments/") and ".." not in key for key in media.files)
        assert len(media.files) == 3
    else:
        browser.post(page_url, 422, **sent(files.picture(), name))


@pytest.mark.parametrize(("who", "status"), [(MEMBER, 403), (NEIGHBOUR, 403), (MODERATOR, 200)])
def test_who_finds_the_page_of_files(page_url, browser, who, status):
    assert "/anmelden" in browser.get(page_url, 302).location
    browser.sign_in(who)
    page = browser.get(page_url, status)
    assert not page.all("input", id="file")
    browser.post(page_url, 403, **sent(files.picture()))


def test_when_it_is_full_the_form_makes_place_for_a_word(house, idea, page_url, browser):
    make(house, idea)
    with house.app_context(), transaction():
        db.session.get_one(Idea, idea).municipality.attachment_most = 1
    browser.sign_in(AUTHOR)
    assert not browser.get(page_url).all("input", id="file")
    browser.post(page_url, 422, **sent(files.PDF, "x.pdf"))


def test_where_no_documents_are_taken_the_form_says_so(house, idea, page_url, browser):
    with house.app_context(), transaction():
        db.session.get_one(Idea, idea).municipality.takes_documents = False
    browser.sign_in(AUTHOR)
    page = browser.get(page_url)
    assert "pdf" not in page.one("input", id="file").get("accept")
    assert "PDF" not in page.words
    browser.post(page_url, 422, **sent(files.PDF, "x.pdf"))


# -- reading ---------------------------------------------------------------------------------


def test_a_picture_of_a_public_thing_may_be_kept(house, idea, browser):
    _, url = make(house, idea)
    answer = browser.get(url)
    assert answer.headers["Cache-Control"] == "public, max-age=86400, immutable"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    mark = answer.headers["ETag"]
    again = browser.get(url, 304, headers={"If-None-Match": mark})
    assert not again.text
    both = browser.get(url, headers={"If-None-Match": mark, "If-Match": mark})
    assert both.response.data == answer.response.data


def test_a_document_is_only_ever_downloaded(house, idea, browser):
    _, url = make(house, idea, **DOCUMENT, name="Bänke am Weg.pdf")
    answer = browser.get(url)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Banke am Weg.pdf\"; filename*=UTF-8''B%C3%A4nke%20am%20Weg.pdf"
    )
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_other_names_and_sizes_are_unknown(house, idea, browser):
    picture, url = make(house, idea)
    document, _ = make(house, idea, **DOCUMENT, name="Plan.pdf")
    browser.get(url)
    for wrong in (
        f"/anhaenge/{picture}/801.webp", f"/anhaenge/{picture}/0.webp",
        f"/anhaenge/{picture}/x.pdf", f"/anhaenge/{picture}/Datei.webp",
        f"/anhaenge/{document}/virus.exe", f"/anhaenge/{document}/320.webp",
        f"/anhaenge/{document}/plan.pdf", "/anhaenge/0/320.webp",
        "/anhaenge/99999999/320.webp", f"/anhaenge/{picture}/..%2f..%2fsecret",
    ):  # fmt: skip
        browser.get(wrong, 404)


def test_what_is_hidden_unpublished_or_gone_is_not_there(house, idea, browser):
    _, picture = make(house, idea)
    _, document = make(house, idea, **DOCUMENT, name="Plan.pdf")
    now = clock.now()
    for values in (
        {"hidden_at": now, "hidden_as": Hiding.BLOCKED},
        {"hidden_at": None, "hidden_as": None, "published_at": None},
    ):
        change(house, idea, **values)
        browser.sign_out()
        browser.get(picture, 404)
        browser.get(document, 404)
        browser.sign_in(MEMBER)
        browser.get(picture, 404)
        browser.sign_in(AUTHOR)
        assert browser.get(picture).headers["Cache-Control"] == "private, no-store"
        assert browser.get(document).headers["Cache-Control"] == "private, no-store"


def test_an_inner_file_is_for_who_keeps_the_thing(house, idea, browser):
    _, url = make(house, idea, is_inner=True)
    browser.get(url, 404)
    for who in (MEMBER, MODERATOR):
        browser.sign_in(who)
        browser.get(url, 404)
    browser.sign_in(AUTHOR)
    assert browser.get(url).headers["Cache-Control"] == "private, no-store"


def test_a_file_that_was_lost_is_no_fault_of_ours_to_show(house, idea, browser, media):
    _, url = make(house, idea)
    for key in media.files:
        media.store.delete(key)
    browser.get(url, 404)


def test_while_the_store_is_away_a_picture_is_asked_for_again(
    house, idea, browser, media, monkeypatch
):
    def away(key: str) -> None:
        raise StorageError

    _, url = make(house, idea)
    monkeypatch.setattr(media.store, "open", away)
    answer = browser.get(url, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "private, no-store"


# -- changing and removing -------------------------------------------------------------------


def test_words_are_changed(house, idea, page_url, browser):
    file, _ = make(house, idea)
    browser.sign_in(AUTHOR)
    url = f"/anhaenge/{file}/bearbeiten"
    assert browser.get(url).one("input", id="alt").get("value")
    browser.post(url, 422, alt="")
    assert browser.post(url, alt="Der neue Baum").location.endswith(page_url)
    assert "Der neue Baum" in browser.get(page_url).words


def test_removing_asks_before(house, idea, page_url, browser):
    file, url = make(house, idea)
    browser.sign_in(AUTHOR)
    asking = f"/anhaenge/{file}/entfernen"
    browser.get(asking)
    assert count(house) == 1
    assert browser.post(asking).location.endswith(page_url)
    browser.get(url, 404)
    browser.post(asking, 404)


def test_the_moderation_gives_a_reason(house, idea, page_url, browser):
    file, url = make(house, idea)
    browser.sign_in(MODERATOR)
    asking = f"/anhaenge/{file}/herausnehmen"
    assert asking in browser.get(page_url).text
    browser.post(asking, 422, reason="")
    browser.post(asking, 422, reason="kurz")
    browser.post(asking, reason="Auf dem Bild ist ein Kind zu erkennen.")
    browser.get(url, 404)


@pytest.mark.parametrize("act", ["bearbeiten", "entfernen", "herausnehmen"])
@pytest.mark.parametrize("who", [MEMBER, NEIGHBOUR])
def test_others_change_nothing(house, idea, browser, act, who):
    file, url = make(house, idea)
    asking = f"/anhaenge/{file}/{act}"
    assert "/anmelden" in browser.get(asking, 302).location
    browser.sign_in(who)
    browser.get(asking, 403)
    browser.post(asking, 403, alt=ALT, reason="Auf dem Bild ist ein Kind zu erkennen.")
    browser.get(url)


def test_the_author_does_not_take_down_and_the_moderation_does_not_change(house, idea, browser):
    file, _ = make(house, idea)
    browser.sign_in(AUTHOR)
    browser.get(f"/anhaenge/{file}/herausnehmen", 403)
    browser.sign_in(MODERATOR)
    browser.get(f"/anhaenge/{file}/entfernen", 403)
    browser.get(f"/anhaenge/{file}/bearbeiten", 403)
