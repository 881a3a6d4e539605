"""The roof: assembles the house and does nothing else. No query and no request runs here."""

from __future__ import annotations

import sys
from pkgutil import resolve_name

import click
from flask import Flask
from flask.cli import FlaskGroup
from flask_compress import Compress

from civic.accounts.feature import feature as accounts
from civic.activity.feature import feature as activity
from civic.attachments.feature import feature as attachments
from civic.comments.feature import feature as comments
from civic.config import Config, ConfigError
from civic.contributions.feature import feature as contributions
from civic.core import (
    cli,
    failures,
    health,
    language,
    logs,
    metrics,
    page,
    patience,
    preferences,
    redis,
    revisions,
    security,
    slow,
    static_files,
    templates,
    tracing,
    urls,
)
from civic.core.assets import find_root
from civic.core.db import connect
from civic.core.feature import Feature, House
from civic.core.ground import feature as ground
from civic.directory.feature import feature as directory
from civic.feeds.feature import feature as feeds
from civic.follows.feature import feature as follows
from civic.home.feature import feature as home
from civic.ideas.feature import feature as ideas
from civic.innovations.feature import feature as innovations
from civic.moderation.feature import feature as moderation
from civic.municipalities.feature import feature as municipalities
from civic.notifications.feature import feature as notifications
from civic.operation.feature import feature as operation
from civic.organisations.feature import feature as organisations
from civic.pages.feature import feature as pages
from civic.places.feature import feature as places
from civic.projects.feature import feature as projects
from civic.testbeds.feature import feature as testbeds
from civic.topics.feature import feature as topics
from civic.votes.feature import feature as votes

#: From the ground floor up.
FEATURES: tuple[Feature, ...] = (
    ground,
    municipalities,
    accounts,
    organisations,
    contributions,
    activity,
    votes,
    comments,
    follows,
    topics,
    moderation,
    attachments,
    testbeds,
    ideas,
    projects,
    innovations,
    notifications,  # above the things: whoever leaves takes theirs away after it has counted them
    home,
    places,
    directory,
    pages,
    feeds,
    operation,
)
#: Rooms that a production house does not have, and therefore does not even load.
WORKSHOP = ("civic.styleguide.feature", "civic.demo.feature", "civic.bench.feature")


def create_app(config: Config | None = None) -> Flask:
    """Put the house together for these settings (default: those of the environment)."""
    config = config or Config.from_env()
    root = find_root()
    app = Flask(
        "civic",
        template_folder=str(root / "templates"),
        static_folder=None,
        instance_path=str(config.instance_path),
    )
    app.extensions["civic_config"] = config
    app.config["TESTING"] = config.testing
    templates.init_templates(app, config, str(root / "translations"))
    urls.init_urls(app)
    static_files.init_app(app, root / "static", autorefresh=not config.is_production)
    logs.init_logs(app, config)
    metrics.init_metrics(app, config)
    slow.init_slow(app, config)
    tracing.init_tracing(app)
    security.init_security(app, config)
    patience.init_patience(app)
    _connect(app, config, str(root / "migrations"))
    language.init_language(app, str(root / "translations"))
    Compress(app)
    page.init_pages(app, config)  # after Compress: the ETag is that of the page, not of its gzip
    failures.init_failures(app)
    health.init_health(app)
    app.register_blueprint(preferences.bp)
    _furnish(app, FEATURES if config.is_production else FEATURES + _workshop())
    cli.init_cli(app)
    return app


def _workshop() -> tuple[Feature, ...]:
    return tuple(resolve_name(f"{room}:feature") for room in WORKSHOP)


def _connect(app: Flask, config: Config, migrations: str) -> None:
    connect(app, config)
    redis.init_redis(app, config)
    revisions.init_revisions(app, migrations)


def _furnish(app: Flask, features: tuple[Feature, ...]) -> None:
    house = app.extensions["civic"] = House()
    for feature in features:
        house.move_in(app, feature)
    app.jinja_env.globals["may"] = house.may
    app.jinja_env.globals["offers"] = house.offers
    app.jinja_env.globals["navigation"] = house.navigation
    app.jinja_env.globals["account_navigation"] = house.account_navigation


@click.group(cls=FlaskGroup, create_app=create_app, add_default_commands=False)
def _group() -> None:
    """Civic: run and care for the platform."""


def main() -> None:
    """Entry of the console script `civic`."""
    try:
        _group()
    except ConfigError as error:
        sys.stderr.write(f"civic: {error}\n")
        sys.exit(2)
