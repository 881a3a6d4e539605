"""Where a person may be sent back to: a path of this site and nothing else."""

import re
from urllib.parse import urlsplit, urlunsplit

SAFE = re.compile(r"^/(?![/\\])[^\\\x00-\x20\x7f]*\Z")


def safe_next(target: str | None, fallback: str) -> str:
    """The target if it is a plain path of this site, rebuilt from its parts; else the fallback."""
    if not target or len(target) > 2000 or not SAFE.match(target):
        return fallback
    try:
        parts = urlsplit(target)
    except ValueError:
        return fallback
    if (
        parts.scheme
        or parts.netloc
        or not parts.path.startswith("/")
        or parts.path.startswith("//")
    ):
        return fallback
    return urlunsplit(("", "", parts.path, parts.query, parts.fragment))
