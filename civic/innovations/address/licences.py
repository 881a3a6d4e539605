"""Licences of software by their SPDX identifiers; the names are those of the licences."""

from __future__ import annotations

from civic.core.language import N_, translate
from civic.innovations.queries.register import PROPRIETARY

LICENCES: dict[str, str] = {
    "EUPL-1.2": "European Union Public Licence 1.2",
    "AGPL-3.0-or-later": "GNU Affero General Public License 3.0 or later",
    "AGPL-3.0-only": "GNU Affero General Public License 3.0",
    "GPL-3.0-or-later": "GNU General Public License 3.0 or later",
    "GPL-3.0-only": "GNU General Public License 3.0",
    "GPL-2.0-or-later": "GNU General Public License 2.0 or later",
    "LGPL-3.0-or-later": "GNU Lesser General Public License 3.0 or later",
    "LGPL-2.1-or-later": "GNU Lesser General Public License 2.1 or later",
    "MPL-2.0": "Mozilla Public License 2.0",
    "Apache-2.0": "Apache License 2.0",
    "BSD-3-Clause": "BSD 3-Clause License",
    "BSD-2-Clause": "BSD 2-Clause License",
    "MIT": "MIT License",
    "CC0-1.0": "Creative Commons Zero 1.0",
    PROPRIETARY: N_("Not open (proprietary)"),
}


def licence_words(licence: str) -> str:
    """How a licence is called on pages: its identifier, which is what people search for."""
    return translate(LICENCES[PROPRIETARY]) if licence == PROPRIETARY else licence


def licence_choices() -> list[tuple[str, str]]:
    """Identifier and full name of those that are common."""
    return [
        (id, translate(name) if id == PROPRIETARY else f"{id} · {name}")
        for id, name in LICENCES.items()
    ]
