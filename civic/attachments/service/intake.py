"""A file comes in: looked at, scanned, put into the store, and last of all written down.

The slow steps hold no lock. A file without a row is nobody's: whatever fails after it was put
removes it again, and what a killed process left behind is swept away at night (`clearing`). There
is never a row without its file.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.attachments import policy, queries
from civic.attachments.models import LONGEST_ALT, SHORTEST_ALT, Attachment, AttachmentKind
from civic.attachments.service import names, recognition
from civic.contributions import service as contributions
from civic.contributions.models import Contribution
from civic.core import clock, limits, pictures, scanner
from civic.core.db import after_rollback, db, insert_once, release, transaction
from civic.core.errors import CivicError, Missing, RuleBroken, Unavailable
from civic.core.language import N_, show_number
from civic.core.logs import log
from civic.core.policy import demand
from civic.core.storage import StorageError, store

#: All keys of this room; organisations keep their logos elsewhere in the same store.
FOLDER = "attachments"
MEGABYTE = 1_000_000
PACE = (limits.Limit(30, 600), limits.Limit(200, 86_400))


def _new_key() -> str:
    word = secrets.token_hex(16)
    return f"{FOLDER}/{word[:2]}/{word}"


@dataclass(frozen=True)
class _Arrival:
    """A file that was looked at and not yet put anywhere."""

    kind: AttachmentKind
    name: str
    media_type: str
    data: bytes
    #: What is appended to the key -> bytes for the store.
    parts: Mapping[str, bytes]
    alt: str = ""
    width: int | None = None
    height: int | None = None
    is_inner: bool = False
    key: str = field(default_factory=_new_key)


def add_file(
    actor: Actor,
    thing: Contribution,
    *,
    data: bytes,
    name: str,
    alt: str = "",
    is_inner: bool = False,
) -> Attachment:
    """Add a picture or a document, whichever it is by its content.

    Raises as `add_image` and `add_document` do.
    """
    add = partial(add_image, alt=alt) if recognition.is_picture(data) else add_document
    return add(actor, thing, data=data, name=name, is_inner=is_inner)


def add_image(
    actor: Actor,
    thing: Contribution,
    *,
    data: bytes,
    alt: str,
    name: str = "",
    is_inner: bool = False,
) -> Attachment:
    """Add a picture; what is kept is written anew and holds pixels only. `data`: as it was sent.

    alt: what is to be seen, for those who do not see it. Slow: call it outside of a transaction.
    Raises `RuleBroken` with the field it concerns ("file", "alt"), and `Unavailable` when store or
    scanner do not answer; then neither row nor file is left.
    """
    thing_id = _check(actor, thing, data, AttachmentKind.IMAGE, is_inner=is_inner)
    alt = checked_alt(alt, name)
    _scan(data)
    picture = pictures.encode(data)
    arrival = _Arrival(
        AttachmentKind.IMAGE,
        names.cleaned(name.rpartition(".")[0] or name, "webp"),
        pictures.MEDIA_TYPE,
        data,
        {f"-{width}.webp": each for width, each in picture.sizes.items()},
        alt=alt,
        width=picture.width,
        height=picture.height,
        is_inner=is_inner,
    )
    return _keep(actor, thing_id, arrival)


def add_document(
    actor: Actor, thing: Contribution, *, data: bytes, name: str, is_inner: bool = False
) -> Attachment:
    """Add a PDF, ODT, DOCX, XLSX or CSV; it is kept as it is and only ever downloaded.

    Slow, and raises, as `add_image`.
    """
    thing_id = _check(actor, thing, data, AttachmentKind.DOCUMENT, is_inner=is_inner)
    document = recognition.recognised(data)
    _scan(data)
    arrival = _Arrival(
        AttachmentKind.DOCUMENT,
        names.cleaned(name, document.extension),
        document.media_type,
        data,
        {f".{document.extension}": data},
        is_inner=is_inner,
    )
    return _keep(actor, thing_id, arrival)


def checked_alt(alt: str, name: str = "") -> str:
    """The words for those who do not see the picture. Raises `RuleBroken`."""
    alt = " ".join(alt.split())
    if not SHORTEST_ALT <= len(alt) <= LONGEST_ALT:
        raise RuleBroken(
            N_("Please say in %(least)s to %(most)s characters what is to be seen on the picture."),
            "alt",
            least=SHORTEST_ALT,
            most=LONGEST_ALT,
        )
    if alt.casefold() in {name.casefold(), name.rpartition(".")[0].casefold()}:
        raise RuleBroken(
            N_("The name of the file does not say what is to be seen. Please describe it."), "alt"
        )
    return alt


def _check(
    actor: Actor, thing: Contribution, data: bytes, kind: AttachmentKind, *, is_inner: bool
) -> int:
    """What can be said before the slow steps; the thing's number, and no transaction is open."""
    demand(policy.may_add, actor, thing)
    if not data:
        raise RuleBroken(N_("The file is empty. Please choose it once more."), "file")
    if is_inner and not thing.has_inside:
        raise RuleBroken(N_("This contribution has no part for a team alone."), "is_inner")
    if kind is AttachmentKind.DOCUMENT and not thing.municipality.takes_documents:
        raise RuleBroken(
            N_("Only pictures (JPEG, PNG, WebP) are taken here. Please choose a picture."), "file"
        )
    _check_size(len(data), thing.municipality.attachment_megabytes)
    _check_number(thing)
    limits.hit(f"upload:{actor.id}", PACE)
    thing_id = thing.id
    release()
    return thing_id


def _check_size(size: int, most: int) -> None:
    if size > most * MEGABYTE:
        raise RuleBroken(
            N_("This file has %(size)s MB. Please choose one with at most %(most)s MB."),
            "file",
            size=show_number(math.ceil(size * 10 / MEGABYTE) / 10),
            most=most,
        )


def _check_number(thing: Contribution) -> None:
    most = thing.municipality.attachment_most
    if queries.number_of(thing) >= most:
        raise RuleBroken(
            N_("There are %(most)s files here already, and no more fit. Please remove one first."),
            "file",
            most=most,
        )


def _scan(data: bytes) -> None:
    url = scanner.address()
    if url and (found := scanner.found_in(data, url, "file")):
        raise RuleBroken(
            N_("The virus scanner found “%(found)s” in this file, so it was not saved."),
            "file",
            found=found,
        )


def _keep(actor: Actor, thing_id: int, arrival: _Arrival) -> Attachment:
    undo = partial(_remove_parts, arrival)
    try:
        for end, data in arrival.parts.items():
            store().put(arrival.key + end, data)
    except BaseException as fault:
        undo()
        if isinstance(fault, StorageError):
            fault.field = "file"
        raise
    try:
        return _write_down(actor, thing_id, arrival, undo)
    except CivicError:  # also where a larger transaction goes on without this file
        undo()
        raise


def _remove_parts(arrival: _Arrival) -> None:
    for end in arrival.parts:
        try:
            store().delete(arrival.key + end)
        except Unavailable as fault:  # swept away at night
            log.warning("file not removed", error=type(fault).__name__)


@transaction()
def _write_down(
    actor: Actor, thing_id: int, arrival: _Arrival, undo: Callable[[], None]
) -> Attachment:
    """The row. Of many at the same moment each waits for its turn at the thing."""
    after_rollback(undo)
    thing = db.session.get(Contribution, thing_id)
    if thing is None:  # removed while we were busy with the file
        raise Missing
    contributions.lock(actor, thing)
    demand(policy.may_add, actor, thing)
    _check_number(thing)
    if not insert_once(Attachment, _row(actor, thing, arrival)):
        raise RuleBroken(N_("This very file is here already. Nothing was added."), "file")
    if not arrival.is_inner:
        activity.record(actor, "attachment.added", thing, detail=arrival.kind.value)
    return queries.by_key(arrival.key)


def _row(actor: Actor, thing: Contribution, arrival: _Arrival) -> dict[str, Any]:
    return {
        "contribution_id": thing.id,
        "author_id": actor.id,
        "kind": arrival.kind,
        "name": arrival.name,
        "alt": arrival.alt,
        "media_type": arrival.media_type,
        "size": len(arrival.data),
        "sha256": sha256(arrival.data).hexdigest(),
        "key": arrival.key,
        "width": arrival.width,
        "height": arrival.height,
        "is_inner": arrival.is_inner,
        "created_at": clock.now(),
    }
