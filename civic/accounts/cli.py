"""Commands for whoever runs the platform: the first account, roles, blocks, cleaning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from civic.accounts import queries, service
from civic.accounts.address import link_to, loose_key
from civic.accounts.models import Role, System, TokenPurpose, User
from civic.core import limits
from civic.core.errors import CivicError
from civic.municipalities import queries as municipalities
from civic.municipalities.models import Municipality

group = AppGroup("accounts", help="People, their roles, and what is left of those who went.")
ROLE = click.Choice([role.value for role in Role])


@contextmanager
def _in_plain_words() -> Iterator[None]:
    try:
        yield
    except CivicError as error:
        raise click.ClickException(error.message or type(error).__name__) from error


def _user(email: str) -> User:
    user = queries.by_email(loose_key(email))
    if user is None:
        raise click.ClickException(f"No account has the address {email}.")
    return user


def _place(slug: str | None) -> Municipality | None:
    if slug is None:
        return None
    found = municipalities.find(slug)
    if found is None:
        raise click.ClickException(f"No municipality has the address /kommunen/{slug}.")
    return found


@group.command("create-admin")
@click.argument("email")
@click.argument("name")
def create_admin(email: str, name: str) -> None:
    """Open an account that runs the platform; prints a link to set its password, once."""
    with _in_plain_words():
        token = service.create_admin(System(), email=email, name=name)
    click.echo("Open this link within an hour to set the password. It works once.")
    click.echo(link_to(TokenPurpose.RESET, token))


@group.command("grant")
@click.argument("email")
@click.argument("role", type=ROLE)
@click.option("--municipality", help="Slug of the municipality; without it: the whole platform.")
def grant(email: str, role: str, municipality: str | None) -> None:
    """Give a person a role."""
    with _in_plain_words():
        given = service.grant_role(System(), _user(email), Role(role), _place(municipality))
    click.echo("Granted." if given else "Nothing to do: the role is held already.")


@group.command("revoke")
@click.argument("email")
@click.argument("role", type=ROLE)
@click.option("--municipality", help="Slug of the municipality; without it: the whole platform.")
def revoke(email: str, role: str, municipality: str | None) -> None:
    """Take a role back."""
    with _in_plain_words():
        taken = service.revoke_role(System(), _user(email), Role(role), _place(municipality))
    click.echo("Revoked." if taken else "Nothing to do: the role is not held there.")


@group.command("block")
@click.argument("email")
def block(email: str) -> None:
    """Shut a person out, in every browser at once."""
    with _in_plain_words():
        service.block_account(System(), _user(email))
    click.echo("Blocked.")


@group.command("unblock")
@click.argument("email")
def unblock(email: str) -> None:
    """Let a person in again."""
    with _in_plain_words():
        service.unblock_account(System(), _user(email))
    click.echo("Unblocked.")


@group.command("clean")
def clean() -> None:
    """Remove unconfirmed accounts after a week, and links, sessions and counts that are over."""
    people = service.remove_unconfirmed(System())
    rows = service.forget_expired(System())
    limits.forget_old_counts()
    click.echo(f"{people} unconfirmed accounts and {rows} expired links and sessions removed.")
