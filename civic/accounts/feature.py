"""Door plate of the accounts."""

from flask import Flask

from civic.accounts import current
from civic.core.feature import Feature


def _setup(app: Flask) -> None:
    current.init_accounts(app)
    app.extensions["civic"].who_looks = current.actor


feature = Feature(name="accounts", globals={"viewer": current.actor}, setup=_setup)
