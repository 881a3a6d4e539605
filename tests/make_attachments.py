"""Files for tests: rows with their bytes in the store, without the slow way in."""

from __future__ import annotations

import secrets
from itertools import count
from typing import Any

from civic.accounts.models import User
from civic.attachments.models import Attachment, AttachmentKind
from civic.contributions.models import Contribution
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.storage import store

_numbers = count(1)
PICTURE = {"kind": AttachmentKind.IMAGE, "media_type": "image/webp", "width": 900, "height": 600}
DOCUMENT = {"kind": AttachmentKind.DOCUMENT, "media_type": "application/pdf", "alt": ""}


@transaction()
def make_attachment(thing: Contribution, author: User | None = None, **changes: Any) -> Attachment:
    """A picture on a thing; `**DOCUMENT` makes it a PDF. Its files hold a few bytes."""
    n = next(_numbers)
    word = secrets.token_hex(16)
    is_document = changes.get("kind") is AttachmentKind.DOCUMENT
    values: dict[str, Any] = {
        **({} if is_document else PICTURE),
        "contribution_id": thing.id,
        "author_id": author.id if author else thing.author_id,
        "name": f"Datei {n}.{'pdf' if is_document else 'webp'}",
        "alt": f"Was auf Bild {n} zu sehen ist",
        "size": 1234,
        "sha256": f"{n:064}",
        "key": f"attachments/{word[:2]}/{word}",
        "created_at": clock.now(),
    }
    file = Attachment(**values | changes)
    db.session.add(file)
    db.session.flush()
    for key in file.keys:
        store().put(key, b"some bytes")
    return file
