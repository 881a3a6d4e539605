"""Full text with German stems on both databases, and near matches for "is there one already?".

The stems are made here, by one stemmer, so SQLite and PostgreSQL find the same. SQLite keeps them
in an FTS5 table, PostgreSQL in arrays with GIN indexes; both are called `search_document` and are
made by a migration, outside the metadata. Trigrams of the title catch compounds, which no stemmer
does (Radweg, Fahrradwege).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

import Stemmer
from sqlalchemy import (
    ColumnElement,
    Text,
    bindparam,
    column,
    false,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from civic.core.db import db, is_postgres

MAX_WORDS = 12
MAX_CANDIDATES = 40
UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
FILLER_WORDS = frozenset(
    "aber alle als am an auch auf aus bei bis das dass dem den der des die ein eine einem einen "
    "einer eines er es fur hat ich im in ist ja mehr mit nach nicht nur oder ohne sich sie sind "
    "so soll sollen sollte um und uns unser unsere vom von vor wenn wie wir wird zu zum zur "
    "uber".split()
)

_local = threading.local()  # a stemmer may not be shared by threads

_document = table(
    "search_document",
    column("id"),
    column("stems", ARRAY(Text)),
    column("trigrams", ARRAY(Text)),
)
_SHARED_TRIGRAMS = (
    "cardinality(ARRAY(SELECT unnest(trigrams) INTERSECT SELECT unnest(:grams))) DESC, id DESC"
)


def stems(content: str) -> list[str]:
    """The distinct German stems of a text, in order, as plain ASCII words."""
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer.Stemmer("german")
    words = re.findall(r"[a-z0-9äöüß]+", content.casefold())
    plain = (stem.translate(UMLAUTS) for stem in _local.stemmer.stemWords(words))
    return list(dict.fromkeys(word for word in plain if word not in FILLER_WORDS))


def trigrams(content: str) -> list[str]:
    """The distinct runs of three letters inside the longer stems of a text."""
    return list(
        dict.fromkeys(
            word[i : i + 3]
            for word in stems(content)
            if len(word) > 3
            for i in range(len(word) - 2)
        )
    )


def put(id: int, title: str, content: str) -> None:
    """Write what a thing is found by, replacing what stood there."""
    drop([id])
    words = stems(f"{title} {content}")
    grams = trigrams(title)
    if is_postgres():
        statement = text("INSERT INTO search_document VALUES (:id, :stems, :trigrams)").bindparams(
            bindparam("stems", type_=ARRAY(Text)), bindparam("trigrams", type_=ARRAY(Text))
        )
        db.session.execute(statement, {"id": id, "stems": words, "trigrams": grams})
    else:
        db.session.execute(
            text(
                "INSERT INTO search_document (rowid, stems, trigrams) "
                "VALUES (:id, :stems, :trigrams)"
            ),
            {"id": id, "stems": " ".join(words), "trigrams": " ".join(grams)},
        )


def drop(ids: Sequence[int]) -> None:
    """Forget things; nothing finds them any more."""
    key = "id" if is_postgres() else "rowid"
    for id in ids:
        db.session.execute(text(f"DELETE FROM search_document WHERE {key} = :id"), {"id": id})  # noqa: S608 - `key` is one of two words above


def stems_of(id: int) -> set[str]:
    """The words that a thing is found by, for whoever holds many queries against one thing."""
    key = "id" if is_postgres() else "rowid"
    found = db.session.scalar(
        text(f"SELECT stems FROM search_document WHERE {key} = :id"),  # noqa: S608 - as in `drop`
        {"id": id},
    )
    return set(found.split() if isinstance(found, str) else found or ())


def matches(id_column: Any, query: str) -> ColumnElement[bool]:
    """A condition: the thing holds every stem of the query. No stem at all matches nothing."""
    words = stems(query)[:MAX_WORDS]
    if not words:
        return false()
    if is_postgres():
        found = select(_document.c.id).where(_document.c.stems.contains(words))
    else:
        found = _fts("stems : (" + " AND ".join(f'"{word}"' for word in words) + ")")
    condition: ColumnElement[bool] = id_column.in_(found)
    return condition


def near(id_column: Any, title: str) -> ColumnElement[bool] | None:
    """A condition: the thing shares stems or enough runs of letters with the title.

    None where the title says too little to compare. The caller ranks and limits.
    """
    words, grams = stems(title)[:MAX_WORDS], trigrams(title)[: 3 * MAX_WORDS]
    if not words:
        return None
    if is_postgres():
        found = (
            select(_document.c.id)
            .where(_document.c.stems.overlap(words) | _document.c.trigrams.overlap(grams))
            .order_by(
                text(_SHARED_TRIGRAMS).bindparams(bindparam("grams", grams, type_=ARRAY(Text)))
            )
            .limit(MAX_CANDIDATES)
        )
    else:
        terms = [f'stems : "{word}"' for word in words] + [f'trigrams : "{g}"' for g in grams]
        found = _fts(" OR ".join(terms)).order_by(text("rank")).limit(MAX_CANDIDATES)
    condition: ColumnElement[bool] = id_column.in_(found)
    return condition


def _fts(expression: str) -> Any:
    match = text("search_document MATCH :expression")
    return (
        select(literal_column("rowid"))
        .select_from(_document)
        .where(match.bindparams(bindparam("expression", expression)))
    )
