"""Every answer wears the same armour, and what no honest browser sends goes no further."""

from __future__ import annotations

import time

import pytest
from flask import request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder, run_wsgi_app

from civic.app import create_app
from civic.config import Config
from civic.core import security
from civic.core.security import HEADERS, MEBIBYTE
from tests.conftest import make_config
from tests.make import make_idea, make_user

FORM = "application/x-www-form-urlencoded"


def ask(app, method: str, url: str, **kw):
    return app.test_client().open(url, method=method, **kw)


def naked(response) -> list[str]:
    """Armour that an answer lacks."""
    return [name for name, value in HEADERS.items() if response.headers.get(name) != value]


@pytest.fixture
def broken(app, monkeypatch):
    def with_fault(fault: Exception):
        def view():
            raise fault

        monkeypatch.setitem(app.view_functions, "health.healthz", view)
        return ask(app, "GET", "/healthz")

    return with_fault


# -- what leaves -----------------------------------------------------------------------------


def test_the_policy_allows_nothing_inline_and_no_other_host(app):
    policy = security.CONTENT_SECURITY_POLICY
    for word in ("unsafe-inline", "unsafe-eval", "*", "http", "nonce"):
        assert word not in policy
    for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert rule in policy


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("OPTIONS", "/", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/gibt/es/nicht", 404),
        ("GET", "/ideen/999999", 404),
        ("GET", "/konto", 302),
        ("GET", "/sprache/en", 303),
        ("POST", "/healthz", 405),
        ("TRACE", "/", 405),
        ("PROPFIND", "/", 405),
        ("POST", "/anmelden", 400),
        ("GET", "/ideen?q=%00", 400),
        ("GET", "/static/js/civic.js", 200),
        ("GET", "/static/css/gibt-es-nicht.css", 404),
        ("GET", "/static/../wsgi.py", 404),
    ],
)
def test_the_armour_is_on_every_answer(app, method, url, status):
    with ask(app, method, url, buffered=True) as response:
        assert response.status_code == status
        assert naked(response) == []


def test_the_armour_is_on_answers_to_what_goes_wrong(app, broken):
    big = ask(app, "POST", "/anmelden", data=b"a=" + b"x" * MEBIBYTE, content_type=FORM)
    away = broken(OperationalError("SELECT 1", {}, Exception("gone")))
    fault = broken(ZeroDivisionError())
    foreign = ask(app, "GET", "/", headers={"Host": "evil.example"})
    answers = [big, away, fault, foreign]
    assert [answer.status_code for answer in answers] == [413, 503, 500, 400]
    assert [naked(answer) for answer in answers] == [[], [], [], []]
    assert all("no-store" in answer.headers["Cache-Control"] for answer in answers)


def test_the_judge_sees_an_answer_without_armour(app):
    with app.test_request_context():
        assert len(naked(app.make_response("bare"))) == len(HEADERS)


def test_production_insists_on_https_and_binds_its_cookie(app, tmp_path):
    config = Config(
        env="production",
        base_url="https://zukunft.example",
        secret_key="qzJ8vYw3-Rk1sN6tBx0uHc5mLd9eGf2aKp7iQoWb4Xj",
        instance_path=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'x.sqlite3'}",
    )
    house = create_app(config)
    answer = house.test_client().get("/anmelden", base_url="https://zukunft.example")
    # No table is there, so this is a 503; the armour is on nevertheless.
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]
    assert house.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    for name in ("SECURE", "HTTPONLY"):
        assert house.config[f"SESSION_COOKIE_{name}"] is True
    assert house.config["SESSION_COOKIE_SAMESITE"] == "Lax"


# -- who may keep an answer ------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/", "/ideen", "/kommunen", "/impressum", "/ideen/{idea}-{slug}"])
def test_a_page_for_everybody_may_be_kept_for_a_moment(app, url):
    with app.app_context():
        idea = make_idea(title="Bänke am Weg").id
    url = url.format(idea=idea, slug="baenke-am-weg")
    for encoding in ("identity", "gzip", "br"):
        answer = ask(app, "GET", url, headers={"Accept-Encoding": encoding})
        assert answer.status_code == 200
        assert answer.cache_control.public
        assert answer.cache_control.max_age <= 60
        assert "Set-Cookie" not in answer.headers
        assert {"Cookie", "HX-Request", "Accept-Encoding"} <= set(answer.vary)
        again = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": encoding}
        assert ask(app, "GET", url, headers=again).status_code == 304


def test_the_tag_of_a_compressed_page_does_not_change_with_the_clock(app):
    def tag():
        return ask(app, "GET", "/impressum", headers={"Accept-Encoding": "gzip"}).headers["ETag"]

    first = tag()
    time.sleep(1.1)  # gzip writes whole seconds into its header
    assert tag() == first


def test_pages_and_fragments_are_told_apart(app):
    page = ask(app, "GET", "/ideen")
    fragment = ask(app, "GET", "/ideen", headers={"HX-Request": "true"})
    assert page.headers["ETag"] != fragment.headers["ETag"]
    assert "HX-Request" in fragment.vary


@pytest.mark.parametrize("url", ["/", "/ideen", "/konto", "/impressum", "/gibt/es/nicht"])
def test_a_page_for_one_person_is_kept_by_nobody(app, browser, url):
    with app.app_context():
        user = make_user().id
    browser.sign_in(user)
    answer = browser.client.get(url)
    assert answer.cache_control.private
    assert answer.cache_control.no_store
    assert "ETag" not in answer.headers
    assert "Cookie" in answer.vary


def test_a_page_with_a_message_is_kept_by_nobody(browser):
    """The message is taken out of the session while the page is made, and the session is empty."""
    browser.post("/abmelden")
    answer = browser.client.get("/")
    assert "Sie sind abgemeldet" in answer.text or "signed out" in answer.text
    assert "public" not in answer.headers["Cache-Control"]
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("cookie", ["x", "x.y.z", "", "%00", "é", "a" * 5000, ".eJw.x.y"])
def test_a_cookie_of_nobody_is_nobody(app, cookie):
    answer = ask(
        app, "GET", "/konto", headers={"Cookie": f"civic={cookie}; civic_language={cookie}"}
    )
    assert answer.status_code == 302


# -- what arrives ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "", "[", "a b"]
)
def test_another_host_is_refused_and_no_link_leads_there(app, method, host):
    answer = ask(app, method, "/ideen", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text
    assert "Location" not in answer.headers


def test_forwarded_headers_count_only_from_proxies_that_are_there(app, tmp_path):
    headers = {
        "X-Forwarded-For": "198.51.100.7",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
    }
    seen: list[tuple] = []

    def look(house):
        def view():
            seen.append((request.remote_addr, request.host, request.scheme))
            return url_for("home.index", _external=True)

        house.view_functions["health.healthz"] = view
        return ask(house, "GET", "/healthz", headers=headers)

    assert look(create_app(make_config("sqlite://", tmp_path))).text == "http://localhost/"
    behind = create_app(make_config("sqlite://", tmp_path, trusted_proxies=1))
    assert look(behind).status_code == 400  # the proxy is believed, the host is still a foreign one
    headers["X-Forwarded-Host"] = "localhost"
    headers["X-Forwarded-For"] = "203.0.113.9, 198.51.100.7"
    assert look(behind).text == "https://localhost/"
    assert seen == [("127.0.0.1", "localhost", "http"), ("198.51.100.7", "localhost", "https")]


@pytest.mark.parametrize("query", "q=%00 %00=1 q=%ff q=%c3 q=%ed%a0%80 q=a%00b&thema=x".split())
def test_a_query_that_is_no_text_is_refused(app, query):
    for headers in ({}, {"HX-Request": "true"}):
        assert ask(app, "GET", f"/ideen?{query}", headers=headers).status_code == 400


@pytest.mark.parametrize(
    "path", ["/\x00", "/\xff", "/ideen/1-\xfe\xff", "/kommunen/\xc0\xaf", "/\xed\xa0\x80"]
)
def test_a_path_that_is_no_text_is_refused(app, path):
    environ = EnvironBuilder("/").get_environ() | {"PATH_INFO": path}
    # Not through the test client, which would mend the path.
    _, status, headers = run_wsgi_app(app, environ, buffered=True)
    assert status.startswith("400")
    assert headers["Content-Security-Policy"]


@pytest.mark.parametrize("body", [b"body=a%00b", b"%00=1", b"body=%00"])
def test_a_form_with_nul_is_refused(app, body):
    assert ask(app, "POST", "/anmelden", data=body, content_type=FORM).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "nonsense"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "http://["},
        {"Origin": "evil"},
        {"Origin": "https://evil.example", "HX-Request": "true"},
    ],
)
def test_a_change_from_another_site_is_refused_whatever_token_it_carries(browser, headers):
    token = browser._token()
    answer = browser.client.post(
        "/barrierefreiheit/melden", data={"csrf_token": token, "body": "x" * 80}, headers=headers
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_change_from_this_site_is_taken(browser, headers):
    token = browser._token()
    answer = browser.client.post("/abmelden", data={"csrf_token": token}, headers=headers)
    assert answer.status_code == 303


@pytest.mark.parametrize("token", [None, "", "x", "ImFiYyI.x.y", "a" * 9000])
def test_a_change_without_a_good_token_is_refused(browser, token):
    browser._token()
    data = {} if token is None else {"csrf_token": token}
    assert browser.client.post("/abmelden", data=data).status_code == 400


def test_a_token_of_another_browser_is_refused(app, browser):
    other = app.test_client()
    other.get("/anmelden")
    assert other.post("/abmelden", data={"csrf_token": browser._token()}).status_code == 400


@pytest.mark.parametrize(
    "kind", [FORM, "multipart/form-data; boundary=x", "application/json", "text/plain", ""]
)
def test_a_body_of_more_than_a_mebibyte_is_refused(app, kind):
    answer = ask(app, "POST", "/anmelden", data=b"x" * (MEBIBYTE + 1), content_type=kind)
    assert answer.status_code == 413


def test_more_parts_than_a_form_has_are_refused(app):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    kind = "multipart/form-data; boundary=x"
    assert (
        ask(app, "POST", "/anmelden", data=part * 300 + b"--x--", content_type=kind).status_code
        == 413
    )


@pytest.mark.parametrize(
    "id", ["0", "2147483647", "2147483648", "9" * 40, "9" * 5000, "-1", "٣", "1e3"]
)
def test_a_number_that_no_row_can_have_is_an_unknown_address(app, id):
    assert ask(app, "GET", f"/kommentare/{id}").status_code == 404


def test_no_other_site_is_let_in_by_cors(app):
    for method in ("GET", "OPTIONS"):
        answer = ask(app, method, "/", headers={"Origin": "https://evil.example"})
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("length", ["", "abc", "-5", "3.5", "9" * 30])
def test_a_length_that_is_none_is_no_fault(app, length):
    builder = EnvironBuilder(path="/anmelden", method="POST", data=b"a=b", content_type=FORM)
    environ = builder.get_environ() | {"CONTENT_LENGTH": length}
    _, status, _ = run_wsgi_app(app, environ, buffered=True)
    assert status[:3] in {"400", "413"}


def test_a_form_with_a_part_that_has_no_name_is_refused(app):
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"
    kind = "multipart/form-data; boundary=x"
    assert ask(app, "POST", "/anmelden", data=body, content_type=kind).status_code == 400


@pytest.mark.parametrize("url", ["/ideen?q=%00", "/gibt/es/nicht", "/konto"])
def test_a_foreign_host_is_said_before_anything_else(app, url):
    """No page can be made for it, not even that of another error."""
    for method in ("GET", "POST", "TRACE"):
        assert ask(app, method, url, headers={"Host": "evil.example"}).status_code == 400
