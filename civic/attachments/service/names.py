"""The name of a file, as people see it and as it is downloaded. It is never part of a path."""

from __future__ import annotations

import re
import unicodedata

from civic.core.names import FILLERS, FORBIDDEN_CATEGORIES

#: Of the column, with the extension.
LONGEST = 120
#: Several marks on one letter draw over the lines above and below.
MARKS = re.compile(r"([\u0300-\u036f]{2})[\u0300-\u036f]+")
#: Signs with a meaning in paths, addresses or headers of one system or another.
SIGNS = re.compile(r"[<>:\"|?*%#;]")
#: What Windows takes for a device, with any extension.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
NAMELESS = "datei"


def cleaned(name: str, extension: str) -> str:
    """The last part of a path, readable everywhere, with the extension of what the file is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    plain = "".join(c for c in last if not _is_invisible(c))
    plain = SIGNS.sub("-", MARKS.sub(r"\1", plain))
    plain = " ".join(plain.split()).strip(" .-")
    stem = re.sub(rf"(^|\.){extension}$", "", plain, flags=re.IGNORECASE)
    stem = stem[: LONGEST - len(extension) - 1].strip(" .-") or NAMELESS
    if DEVICES.match(stem):
        stem = f"{NAMELESS} {stem}"[: LONGEST - len(extension) - 1].rstrip(" .-")
    return f"{stem}.{extension}"


def _is_invisible(char: str) -> bool:
    """Also what turns the direction of writing: "report_fdp.exe" would be read as PDF."""
    is_space = char in "\t\n\r"
    return not is_space and (unicodedata.category(char) in FORBIDDEN_CATEGORIES or char in FILLERS)
