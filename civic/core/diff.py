"""What changed between two texts, line by line and shown with signs, not by colour alone."""

from __future__ import annotations

import difflib

CONTEXT = 1


def lines(before: str, after: str) -> list[tuple[str, str]]:
    """Pairs of sign and line: "+" came, "-" went, " " stayed (a line of context around changes)."""
    old, new = before.splitlines(), after.splitlines()
    found: list[tuple[str, str]] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(
        CONTEXT
    ):
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [(" ", line) for line in old[i1:i2]]
            else:
                found += [("-", line) for line in old[i1:i2]]
                found += [("+", line) for line in new[j1:j2]]
    return [(sign, line) for sign, line in found if line.strip()]
