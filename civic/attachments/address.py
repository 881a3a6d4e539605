"""Where a file is read, its kind and its size in words."""

from __future__ import annotations

from flask_babel import gettext as _

from civic.attachments.models import Attachment
from civic.core.language import show_number
from civic.core.urls import url_for

KILOBYTE, MEGABYTE = 1_000, 1_000_000


def url_of_file(file: Attachment, width: int | None = None) -> str:
    """The address of a document, or of a picture in its largest or in this width."""
    if file.is_image:
        return url_for("attachments.image", id=file.id, width=width or file.widths[-1])
    return url_for("attachments.document", id=file.id, name=file.name)


def sources_of(file: Attachment) -> str:
    """The sizes of a picture, as in the attribute `srcset`."""
    return ", ".join(f"{url_of_file(file, width)} {width}w" for width in file.widths)


def file_size(size: int) -> str:
    """A number of bytes as people read it, in steps of a thousand, as disks are sold."""
    if size < MEGABYTE:
        return str(_("%(num)s kB", num=show_number(max(1, round(size / KILOBYTE)))))
    return str(_("%(num)s MB", num=show_number(round(size / MEGABYTE, 1))))


def file_kind(file: Attachment) -> str:
    """In a word: "PDF", or "Picture"."""
    return str(_("Picture")) if file.is_image else file.extension.upper()
