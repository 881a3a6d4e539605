"""Door plate of the municipalities. Their pages are in `places`, for people live above them."""

from __future__ import annotations

import time

from flask import Flask, current_app

from civic.config import Config
from civic.core.feature import Feature
from civic.municipalities import cli, policy, queries

#: Seconds for which this process remembers the name of the place; then it asks again.
REMEMBERED = 600
EXTENSION = "civic_site_place"


def site_place() -> str:
    """The name beside the logo: of the municipality in CIVIC_HOME_MUNICIPALITY, or the only Kreis.

    Asked once in ten minutes and process, so that a page costs no query for it.
    """
    kept: tuple[float, str] | None = current_app.extensions[EXTENSION]
    now = time.monotonic()
    if kept and now - kept[0] < REMEMBERED:
        return kept[1]
    config: Config = current_app.extensions["civic_config"]
    title = queries.site_place(config.home_municipality)
    if not config.testing:  # tests change the database under the process
        current_app.extensions[EXTENSION] = (now, title)
    return title


def _setup(app: Flask) -> None:
    app.extensions[EXTENSION] = None


feature = Feature(
    name="municipalities",
    rules=policy.RULES,
    globals={"site_place": site_place},
    setup=_setup,
    cli=(cli.group,),
)
