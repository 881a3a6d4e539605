"""Documents of the demo: a letter as ODT, a table as CSV, made when they are needed."""

from __future__ import annotations

import zipfile
from html import escape
from io import BytesIO

ODT = "application/vnd.oasis.opendocument.text"
NAMES = "urn:oasis:names:tc:opendocument:xmlns"


def written(name: str, text: str) -> bytes:
    """The text as a file of the kind that its name says."""
    return _odt(text) if name.endswith(".odt") else text.encode("utf-8-sig")


def _odt(text: str) -> bytes:
    """A plain letter: the first line is its heading, each further one a paragraph."""
    heading, *lines = text.splitlines()
    body = f'<text:h text:outline-level="1">{escape(heading)}</text:h>' + "".join(
        f"<text:p>{escape(line)}</text:p>" for line in lines
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<office:document-content xmlns:office="{NAMES}:office:1.0" '
        f'xmlns:text="{NAMES}:text:1.0" office:version="1.3">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODT}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), ODT)  # first, and not compressed
        archive.writestr(zipfile.ZipInfo("content.xml"), content)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), manifest)
    return target.getvalue()
