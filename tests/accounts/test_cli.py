from __future__ import annotations

import re
from datetime import timedelta

import pytest

from civic.accounts import queries
from civic.accounts.models import Role
from civic.core import clock
from tests.accounts.post import PASSWORD
from tests.client import Browser
from tests.make import make_municipality, make_user


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def call(*words: str, status: int = 0) -> str:
        result = runner.invoke(args=["accounts", *words])
        assert result.exit_code == status, result.output
        return result.output

    return call


def test_the_first_admin(app, run) -> None:
    out = run("create-admin", "root@example.org", "Chefin vom Dienst")
    path = re.search(r"http://localhost(/passwort-neu/\S+)", out).group(1)
    browser = Browser(app)
    assert browser.post(path, password=PASSWORD).location == "/anmelden"
    assert (
        browser.post("/anmelden", email="root@example.org", password=PASSWORD).location == "/konto"
    )
    with app.app_context():
        assert queries.by_email("root@example.org").is_admin()
    assert "already" in run("create-admin", "root@example.org", "Chefin", status=1)
    assert "e-mail address" in run("create-admin", "root", "Chefin", status=1)


def test_roles(app, run) -> None:
    with app.app_context():
        make_user("Anna", email_key="anna@example.org")
        make_municipality("Lindfurt", slug="lindfurt")
    for expected in ("Granted", "Nothing to do"):
        assert expected in run("grant", "ANNA@example.org", "staff", "--municipality", "lindfurt")
    with app.app_context():
        (held,) = queries.by_email("anna@example.org").memberships
        assert (held.role, held.municipality.slug) == (Role.STAFF, "lindfurt")
    for expected in ("Revoked", "Nothing to do"):
        assert expected in run("revoke", "anna@example.org", "staff", "--municipality", "lindfurt")
    assert "No account" in run("grant", "x@example.org", "staff", status=1)
    assert "No municipality" in run(
        "grant", "anna@example.org", "staff", "--municipality", "x", status=1
    )
    run("grant", "anna@example.org", "king", status=2)


def test_the_last_admin_stays(run) -> None:
    run("create-admin", "root@example.org", "Chefin")
    assert "Nobody else" in run("revoke", "root@example.org", "admin", status=1)
    assert "Nobody else" in run("block", "root@example.org", status=1)


def test_block_and_unblock(app, run) -> None:
    with app.app_context():
        make_user("Anna", email_key="anna@example.org")
    run("block", "anna@example.org")
    with app.app_context():
        assert queries.by_email("anna@example.org").blocked_at is not None
    run("unblock", "anna@example.org")
    with app.app_context():
        assert queries.by_email("anna@example.org").blocked_at is None


def test_clean(app, run) -> None:
    with app.app_context():
        make_user(confirmed=False, created_at=clock.now() - timedelta(days=8))
    assert run("clean").startswith("1 unconfirmed accounts")
    assert run("clean").startswith("0 unconfirmed accounts")
