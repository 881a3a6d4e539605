"""Reading the export of a Polis conversation: statements, people and the matrix of votes.

Columns are found by name, for exports differ: some have no `xid`, some other extra columns. The
matrix is the truth; the counts beside the statements are older and only compared.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

COMMENTS = "comments.csv"
VOTES = "participants-votes.csv"
SUMMARY = "summary.csv"
NEEDED = (
    "timestamp",
    "comment-id",
    "author-id",
    "agrees",
    "disagrees",
    "moderated",
    "comment-body",
)
MODERATED = {"1": True, "0": True, "": True, "-1": False}
AGREE = "1"
#: Agree, disagree, pass, not seen.
VOTE_VALUES = frozenset({AGREE, "-1", "0", ""})
LONGEST_FIELD = 200_000


class PolisError(Exception):
    """A file that cannot be read; the message names file, line and fault."""

    def __init__(self, file: str, message: str, line: int | None = None) -> None:
        place = f"{file}, line {line}" if line else file
        super().__init__(f"{place}: {message}")


@dataclass(frozen=True)
class Statement:
    """A statement of the conversation; `agrees` is the older count that came with it."""

    id: int
    author: int
    at: datetime
    agrees: int
    is_visible: bool
    body: str


@dataclass(frozen=True)
class Conversation:
    """All of it: `supports` holds pairs (participant, statement id), one per agree.

    `stale_counts`: statements whose older count of agrees differs from the matrix.
    """

    key: str
    statements: tuple[Statement, ...]
    supports: tuple[tuple[int, int], ...]
    stale_counts: int

    @property
    def authors(self) -> set[int]:
        return {statement.author for statement in self.statements}

    @property
    def voters(self) -> set[int]:
        return {person for person, _ in self.supports}

    @property
    def steps(self) -> int:
        """How many steps of progress an import of it reports."""
        return len(self.authors | self.voters) + len(self.statements) + len(self.supports)

    def numbers(self) -> dict[str, int]:
        """What the import reports."""
        visible = sum(statement.is_visible for statement in self.statements)
        return {
            "ideas": len(self.statements),
            "visible": visible,
            "hidden": len(self.statements) - visible,
            "authors": len(self.authors),
            "voters": len(self.voters),
            "votes": len(self.supports),
            "stale_counts": self.stale_counts,
        }


def read_conversation(folder: Path) -> Conversation:
    """Read the folder of an export. Raises `PolisError`."""
    statements = tuple(_statements(folder / COMMENTS))
    if not statements:
        raise PolisError(COMMENTS, "holds no statement.")
    known = {statement.id for statement in statements}
    supports = tuple(_supports(folder / VOTES, known))
    agrees = Counter(id for _, id in supports)
    stale = sum(statement.agrees != agrees[statement.id] for statement in statements)
    return Conversation(_key(folder, statements), statements, supports, stale)


def _statements(path: Path) -> Iterator[Statement]:
    seen: set[int] = set()
    for line, row in _rows(path, NEEDED):
        id = _number(path, line, row, "comment-id")
        if id in seen:
            raise PolisError(path.name, f"comment-id {id} stands twice.", line)
        seen.add(id)
        moderated = row["moderated"].strip()
        if moderated not in MODERATED:
            raise PolisError(path.name, f"moderated is {moderated!r}, expected 1, 0 or -1.", line)
        body = row["comment-body"].replace("\r\n", "\n").replace("\x00", "").strip()
        if not body:
            raise PolisError(path.name, "comment-body is empty.", line)
        yield Statement(
            id=id,
            author=_number(path, line, row, "author-id"),
            at=_moment(path, line, row),
            agrees=_number(path, line, row, "agrees"),
            is_visible=MODERATED[moderated],
            body=body,
        )


def _supports(path: Path, known: set[int]) -> Iterator[tuple[int, int]]:
    """Participant and statement of each agree; what is no agree is checked and left out."""
    people: set[int] = set()
    for line, row in _rows(path, ("participant",)):
        person = _number(path, line, row, "participant")
        if person in people:
            raise PolisError(path.name, f"participant {person} stands twice.", line)
        if not people:
            _check_columns(path, row, known)
        people.add(person)
        cast = ((name, vote) for name, vote in row.items() if name.isdecimal())
        yield from ((person, int(name)) for name, vote in cast if _is_agree(path, line, vote))
    if not people:
        raise PolisError(path.name, "holds no participant.")


def _check_columns(path: Path, row: dict[str, str], known: set[int]) -> None:
    if unknown := sorted({int(name) for name in row if name.isdecimal()} - known):
        raise PolisError(path.name, f"unknown comment id {unknown[0]} in the header.", 1)


def _is_agree(path: Path, line: int, vote: str) -> bool:
    """Whether the field is an agree; anything but the known values is an error."""
    if vote.strip() not in VOTE_VALUES:
        raise PolisError(path.name, f"vote {vote[:20]!r}, expected 1, -1, 0 or nothing.", line)
    return vote.strip() == AGREE


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by column name with their line; a fault of the file becomes one of ours."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _parse(path, csv.reader(file, strict=True), needed)
    except FileNotFoundError as error:
        raise PolisError(path.name, "is missing.") from error
    except UnicodeDecodeError as error:
        raise PolisError(path.name, "is not UTF-8.") from error
    except (csv.Error, OSError) as error:
        raise PolisError(path.name, f"cannot be read ({error}).") from error


def _parse(
    path: Path, reader: Any, needed: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    csv.field_size_limit(LONGEST_FIELD)
    header = [name.strip() for name in next(reader, [])]
    if not header:
        raise PolisError(path.name, "is empty.")
    if missing := [name for name in needed if name not in header]:
        raise PolisError(path.name, f"the column {missing[0]!r} is missing.", 1)
    for fields in reader:
        if len(fields) != len(header) and any(fields):
            message = f"{len(fields)} fields, the header has {len(header)}."
            raise PolisError(path.name, message, reader.line_num)
        if fields:
            yield reader.line_num, dict(zip(header, fields, strict=True))


def _number(path: Path, line: int, row: dict[str, str], column: str) -> int:
    text = row[column].strip()
    if not re.fullmatch(r"-?\d{1,15}", text, re.ASCII):
        raise PolisError(path.name, f"{column} is {text!r}, expected a whole number.", line)
    return int(text)


def _moment(path: Path, line: int, row: dict[str, str]) -> datetime:
    """Milliseconds since 1970, as Polis writes them."""
    try:
        return datetime.fromtimestamp(_number(path, line, row, "timestamp") / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise PolisError(path.name, "timestamp is no date.", line) from error


def _key(folder: Path, statements: tuple[Statement, ...]) -> str:
    """A short name of the conversation: from its address, else from its first statement."""
    try:
        rows = csv.reader((folder / SUMMARY).read_text("utf-8-sig").splitlines())
        address = next((row[1] for row in rows if len(row) > 1 and row[0] == "url"), "")
    except (OSError, UnicodeDecodeError, csv.Error):
        address = ""
    name = re.sub(r"[^A-Za-z0-9]", "", address.rsplit("/", 1)[-1])[:20]
    first = min(statements, key=lambda s: (s.at, s.id))
    digest = hashlib.sha256(f"{first.at.isoformat()} {first.body}".encode()).hexdigest()
    return name or digest[:12]
