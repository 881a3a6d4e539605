"""What a document is, by what is in it; what it is called and what a browser says proves nothing.

Nothing is unpacked but two short texts of an archive, each with a bound, so no bomb goes off here.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from typing import NamedTuple

from civic.core.errors import RuleBroken
from civic.core.language import N_


class Document(NamedTuple):
    """A kind of document that is taken."""

    extension: str
    media_type: str


PDF = Document("pdf", "application/pdf")
ODT = Document("odt", "application/vnd.oasis.opendocument.text")
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
DOCX = Document("docx", f"{_OPEN_XML}wordprocessingml.document")
XLSX = Document("xlsx", f"{_OPEN_XML}spreadsheetml.sheet")
CSV = Document("csv", "text/csv; charset=utf-8")
CSV_OF_WINDOWS = Document("csv", "text/csv; charset=windows-1252")
#: As in the attribute `accept` of a field.
ACCEPT = ".pdf,.odt,.docx,.xlsx,.csv"

PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
#: How far before its end a PDF says that it is complete.
PDF_END = 4096
#: An archive with more entries than this, or that swells to more, is no letter and no table.
MOST_ENTRIES = 4000
MOST_UNPACKED = 300 * 2**20
#: Beyond the first figure an archive may not be this many times as large as its file.
SMALL_UNPACKED, MOST_SWELLING = 20 * 2**20, 60
LONGEST_LABEL = 256 * 2**10
#: The part of an Office file (XML) without which it is none, and how its list of parts names it.
OPEN_XML = {
    "word/document": (DOCX, f"{_OPEN_XML}wordprocessingml.document.main+xml"),
    "xl/workbook": (XLSX, f"{_OPEN_XML}spreadsheetml.sheet.main+xml"),
}
PROGRAMS = re.compile(
    r"(^|/)(vbaproject\.bin|vbadata\.xml|macrosheets/|activex/|basic/|scripts/)", re.IGNORECASE
)
#: What a page or a drawing in disguise begins with or holds.
MARKUP = re.compile(
    r"^\s*<|<!doctype|<html|<head|<body|<script|<svg|<\?xml|<iframe|<\?php", re.IGNORECASE
)
#: Bytes that stand in no text.
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SEPARATORS = ",;\t"


def is_picture(data: bytes) -> bool:
    """Whether it begins like a picture of ours; `core.pictures` says whether it is one."""
    return data.startswith(PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def recognised(data: bytes) -> Document:
    """What kind of document this is. Raises `RuleBroken` for everything else."""
    if not data:
        raise RuleBroken(N_("The file is empty. Please choose it once more."), "file")
    if data.startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _archive(data)
    return _table(data)


def _refusal() -> RuleBroken:
    return RuleBroken(
        N_(
            "Files of this kind are not taken. Please choose a picture (JPEG, PNG, WebP) or a "
            "document (PDF, ODT, DOCX, XLSX, CSV)."
        ),
        "file",
    )


def _damaged() -> RuleBroken:
    return RuleBroken(
        N_("This document is damaged. Please save it anew, or choose another one."), "file"
    )


def _pdf(data: bytes) -> Document:
    if b"%%EOF" not in data[-PDF_END:]:
        raise _damaged()
    return PDF


# -- archives: ODT, DOCX, XLSX ---------------------------------------------------------------


def _archive(data: bytes) -> Document:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_bounds(entries, len(data))
            _check_names(entries)
            return _kind_of(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as fault:
        raise _damaged() from fault
    except (NotImplementedError, RuntimeError) as fault:  # packed or locked in a way of its own
        raise _refusal() from fault


def _check_bounds(entries: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    is_bomb = (
        len(entries) > MOST_ENTRIES
        or unpacked > MOST_UNPACKED
        or unpacked > max(SMALL_UNPACKED, size * MOST_SWELLING)
        or sum(entry.compress_size for entry in entries) > size  # parts that lie in each other
    )
    if is_bomb:
        raise RuleBroken(
            N_("This document becomes far too large when it is opened, so it is not taken."), "file"
        )


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    if any(entry.flag_bits & 1 for entry in entries):
        raise RuleBroken(
            N_("This document is locked with a password. Please save it without one."), "file"
        )
    names = [entry.filename for entry in entries]
    if any(_leads_out(name) for name in names) or len(set(names)) < len(names):
        raise _damaged()
    if any(PROGRAMS.search(name) for name in names):
        raise _with_program()


def _with_program() -> RuleBroken:
    return RuleBroken(
        N_(
            "This document holds a program (macros). Please save it without macros, as DOCX or "
            "XLSX, or as PDF."
        ),
        "file",
    )


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in name.split("/")


def _kind_of(archive: zipfile.ZipFile) -> Document:
    """By the label in the archive: the first entry of ODF, the list of parts of Office."""
    names = set(archive.namelist())
    if "mimetype" in names:
        label = _read(archive, "mimetype").decode("ascii", "replace").strip()
        if label == ODT.media_type and "content.xml" in names:
            return ODT
        raise _refusal()
    if "[Content_Types].xml" in names:
        return _office(names, _read(archive, "[Content_Types].xml"))
    raise _refusal()


def _office(names: set[str], parts: bytes) -> Document:
    text = parts.decode("utf-8", "replace")
    if "macroenabled" in text.lower():
        raise _with_program()
    for name, (document, label) in OPEN_XML.items():
        if f"{name}.xml" in names and re.search(re.escape(label) + "[\"']", text):
            return document
    raise _refusal()


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """A short text of the archive, whatever length it claims to have."""
    with archive.open(name) as part:
        text = part.read(LONGEST_LABEL + 1)
    if len(text) > LONGEST_LABEL:
        raise _damaged()
    return text


# -- tables as text --------------------------------------------------------------------------


def _table(data: bytes) -> Document:
    """Plain text whose first line has columns; a page of HTML or a drawing is none."""
    text, document = _decoded(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if MARKUP.search(text) or not any(sign in first for sign in SEPARATORS):
        raise _refusal()
    return document


def _decoded(data: bytes) -> tuple[str, Document]:
    if CONTROLS.search(data):
        raise _refusal()
    try:
        return data.decode("utf-8-sig"), CSV
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), CSV_OF_WINDOWS
    except UnicodeDecodeError as fault:
        raise _refusal() from fault
