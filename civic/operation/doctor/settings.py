"""Settings that start, but should not stay as they are."""

from __future__ import annotations

from email.utils import parseaddr
from urllib.parse import urlsplit

from civic.config import Config, ConfigError
from civic.core.language import N_
from civic.municipalities import queries as municipalities
from civic.operation.doctor.finding import Check, Finding, Patient, error, ok, warning

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
#: Domains that no mail comes from (RFC 2606, RFC 6761).
UNREAL = ("localhost", "example.org", "example.com", "example.net", ".test", ".invalid", ".example")


def _host(config: Config) -> str:
    return urlsplit(config.base_url).hostname or ""


def _is_public(config: Config) -> bool:
    """Whether others than the people at this machine are meant to come."""
    return config.is_production or _host(config) not in LOCAL


def environment(patient: Patient) -> Finding:
    config = patient.config
    if config.is_production:
        return ok(N_("This is a production house."))
    if _is_public(config):
        return error(
            N_("CIVIC_ENV is not “production”, but %(host)s is open to others."),
            N_("Set CIVIC_ENV=production: until then cookies are not bound to https."),
            host=_host(config),
        )
    return ok(N_("This house is for trying and developing on this machine."))


def secret_key(patient: Patient) -> Finding:
    """As a production start would judge it, whatever the environment is called."""
    try:
        Config(
            env="production",
            base_url="https://civic.invalid",
            instance_path=patient.config.instance_path,
            secret_key=patient.config.secret_key,
        )
    except ConfigError:
        how = N_("Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'")
        if _is_public(patient.config):
            return error(N_("CIVIC_SECRET_KEY is missing, known or too short."), how)
        return warning(N_("CIVIC_SECRET_KEY is good for this machine alone."), how)
    return ok(N_("CIVIC_SECRET_KEY is strong."))


def base_url(patient: Patient) -> Finding:
    address = urlsplit(patient.config.base_url)
    if address.path not in {"", "/"} or address.query:
        return error(
            N_("CIVIC_BASE_URL is more than the address of the site: %(url)s."),
            N_("Links in mails would be wrong; leave out what comes after the host."),
            url=patient.config.base_url,
        )
    if _is_public(patient.config) and (address.scheme != "https" or _host(patient.config) in LOCAL):
        return error(
            N_("Links in mails lead to %(url)s, where nobody from outside arrives."),
            N_("Set CIVIC_BASE_URL to the https address of the site."),
            url=patient.config.base_url,
        )
    return ok(N_("Links in mails lead to %(url)s."), url=patient.config.base_url)


def proxies(patient: Patient) -> Finding:
    number = patient.config.trusted_proxies
    if _is_public(patient.config) and number == 0:
        return warning(
            N_("No proxy is trusted, so all people seem to come from one address."),
            N_("Behind nginx set CIVIC_TRUSTED_PROXIES=1, or their limits are shared."),
        )
    if number > 3:
        return warning(
            N_("%(number)s proxies are trusted."),
            N_("With more than there are, people can invent their address."),
            number=number,
        )
    return ok(N_("Trusted proxies: %(number)s."), number=number)


def addresses(patient: Patient) -> Finding:
    config = patient.config
    for name, text in (
        ("CIVIC_MAIL_FROM", config.mail_from),
        ("CIVIC_CONTACT_EMAIL", config.contact_email),
    ):
        mailbox, _, domain = parseaddr(text)[1].lower().rpartition("@")
        if _is_public(config) and (not mailbox or domain.endswith(UNREAL)):
            return error(
                N_("%(name)s is %(text)s, which is no address in the real world."),
                N_("Set it to an address that somebody reads."),
                name=name,
                text=text,
            )
    return ok(N_("Mails come from %(sender)s."), sender=config.mail_from)


def home(patient: Patient) -> Finding:
    slug = patient.config.home_municipality
    if slug and municipalities.find(slug) is None:
        return warning(
            N_("CIVIC_HOME_MUNICIPALITY is “%(slug)s”, which is no municipality here."),
            N_("Use the last part of its address, /kommunen/<name>."),
            slug=slug,
        )
    if not slug:
        return ok(N_("The house belongs to no single municipality."))
    return ok(N_("The house belongs to %(place)s."), place=slug)


CHECKS = (
    Check("environment", N_("Environment"), environment),
    Check("secret_key", N_("Secret key"), secret_key),
    Check("base_url", N_("Address of the site"), base_url),
    Check("proxies", N_("Proxies"), proxies),
    Check("addresses", N_("Mail addresses of the site"), addresses),
    Check("home", N_("Home municipality"), home),
)
