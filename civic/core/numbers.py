"""Numbers in what a browser sends."""

from __future__ import annotations


def number_in(text: str | None) -> int:
    """A number as an address or a form carries it; 0 for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
