"""A file comes in, or leaves nothing behind."""

from __future__ import annotations

import errno
import os
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from civic.accounts.models import Nobody
from civic.activity.models import Activity
from civic.attachments import queries, service
from civic.attachments.models import Attachment, AttachmentKind
from civic.attachments.service import intake
from civic.core import pictures, storage
from civic.core.db import db, transaction
from civic.core.errors import Forbidden, Missing, RuleBroken, TooMany, Unavailable
from civic.ideas.models import Idea
from tests.attachments import files
from tests.attachments.files import ALT
from tests.clamd import EICAR, scanner
from tests.make import make_idea, make_municipality, make_user
from tests.make_attachments import make_attachment

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def idea(inside):
    return make_idea()


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(Attachment)) or 0


def add(idea, data: bytes | None = None, *, name: str = "baum.jpg", alt: str = ALT, **more):
    return service.add_file(
        idea.author,
        idea,
        data=files.picture() if data is None else data,
        name=name,
        alt=alt,
        **more,
    )


def verbs(idea) -> list[str]:
    acts = select(Activity.verb).where(Activity.contribution_id == idea.id).order_by(Activity.id)
    return list(db.session.scalars(acts))


# -- what comes in ---------------------------------------------------------------------------


def test_a_picture_is_kept_in_its_sizes_and_never_as_it_came(idea, media):
    sent = files.picture(size=(2000, 1000))
    file = add(idea, sent)
    assert (file.kind, file.media_type, file.name) == ("image", "image/webp", "baum.webp")
    assert (file.width, file.height, file.size) == (1600, 800, len(sent))
    assert (file.alt, file.author_id, file.is_inner) == (ALT, idea.author_id, False)
    assert media.files == sorted(file.keys)
    assert len(media.files) == 3
    for width, key in zip(file.widths, file.keys, strict=True):
        with media.store.open(key) as kept:
            assert Image.open(BytesIO(kept.read())).size[0] == width


def test_where_a_picture_was_taken_is_not_kept(idea, media):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[29] = "SECRETPLACE"
    target = BytesIO()
    Image.new("RGB", (400, 300)).save(target, "JPEG", exif=exif.tobytes())
    assert b"SECRETPLACE" in target.getvalue()
    file = add(idea, target.getvalue())
    for key in file.keys:
        with media.store.open(key) as kept:
            assert b"SECRETPLACE" not in kept.read()


@pytest.mark.parametrize(
    ("data", "name", "kept_as"),
    [
        (files.PDF, "Plan.pdf", ("Plan.pdf", "application/pdf")),
        (files.PDF, "Plan.exe", ("Plan.exe.pdf", "application/pdf")),
        (files.CSV, "../../liste", ("liste.csv", "text/csv; charset=utf-8")),
        (files.odt(), "Brief.odt", ("Brief.odt", "application/vnd.oasis.opendocument.text")),
    ],
)
def test_a_document_is_kept_as_it_came(idea, media, data, name, kept_as):
    file = add(idea, data, name=name, alt="")
    assert (file.kind, file.name, file.media_type) == ("document", *kept_as)
    assert (file.width, file.widths) == (None, [])
    assert media.files == file.keys
    with media.store.open(file.document_key) as kept:
        assert kept.read() == data


def test_it_is_told_once_and_by_its_kind(idea, media):
    add(idea)
    assert verbs(idea)[-1] == "attachment.added"
    last = db.session.scalars(select(Activity).order_by(Activity.id.desc()).limit(1)).one()
    assert (last.detail, last.actor_id) == (AttachmentKind.IMAGE, idea.author_id)


def test_an_inner_file_is_told_to_nobody(idea, media, monkeypatch):
    monkeypatch.setattr(Idea, "has_inside", True)
    file = add(idea, is_inner=True)
    assert file.is_inner
    assert "attachment.added" not in verbs(idea)
    assert queries.of_thing(idea.author, idea) == [file]
    assert queries.of_thing(make_user(), idea) == []


# -- what is refused -------------------------------------------------------------------------


@pytest.fixture
def refused(idea, media):
    """Expects a refusal, and nothing left behind by it; gives the refusal."""

    def _refused(data: bytes | None = None, **more) -> RuleBroken:
        before = (rows(), media.files)
        with pytest.raises(RuleBroken) as broken:
            add(idea, data, **more)
        assert (rows(), media.files) == before
        return broken.value

    return _refused


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (files.SVG, "of this kind"),
        (files.HTML, "of this kind"),
        (b"MZ" + bytes(100), "of this kind"),
        (files.docm(), "macros"),
        (b"\xff\xd8\xff" + bytes(100), "no picture"),
        (files.picture("PNG")[:-300], "damaged"),
        (files.picture_bomb, "40 million"),
        (files.zip_bomb, "too large when"),
    ],
)
@pytest.mark.parametrize("name", ["bild.jpg", "plan.pdf"])
def test_what_cannot_be_taken_gets_a_clear_answer(refused, data, words, name):
    said = refused(data() if callable(data) else data, name=name)
    assert words in said.message
    assert said.field == "file"


@pytest.mark.parametrize("alt", ["", "  ", "ab", "x" * 301, "baum.jpg", "Baum"])
def test_a_picture_needs_words_for_those_who_do_not_see_it(refused, alt):
    assert refused(alt=alt).field == "alt"


def test_a_file_may_be_as_large_as_the_municipality_says(refused, idea):
    idea.municipality.attachment_megabytes = 1
    said = refused(files.PDF.replace(b"%%EOF", b"%" * 1_000_000 + b"%%EOF"), name="x.pdf")
    assert said.values == {"size": "1,1", "most": 1}


def test_twelve_megabytes_are_too_much(refused):
    said = refused(files.large_picture(12))
    assert said.values["most"] == 10
    assert said.values["size"].startswith("12,")


def test_where_documents_are_not_taken_pictures_are(refused, idea):
    idea.municipality.takes_documents = False
    assert "Only pictures" in refused(files.PDF).message
    add(idea)


def test_there_are_as_many_as_the_municipality_says(refused, idea, media):
    idea.municipality.attachment_most = 2
    add(idea)
    add(idea, files.PDF)
    assert refused(files.CSV).values == {"most": 2}
    assert len(queries.of_thing(idea.author, idea)) == 2


def test_the_same_file_twice_is_told_by_the_constraint(refused, idea, media):
    data = files.picture()
    add(idea, data)
    assert "here already" in refused(data, name="anders.png", alt="Etwas anderes").message


def test_the_same_file_on_another_thing_is_no_twin(idea, media):
    add(idea)
    add(make_idea())
    assert rows() == 2


def test_what_was_removed_may_come_again(idea, media):
    service.remove_file(idea.author, add(idea))
    add(idea)


def test_only_who_keeps_the_thing_adds(idea, media):
    for person in (make_user(), Nobody()):
        with pytest.raises(Forbidden):
            service.add_file(person, idea, data=files.picture(), name="x", alt=ALT)
    assert (rows(), media.files) == (0, [])


def test_what_has_no_team_has_no_inner_files(refused):
    assert refused(is_inner=True).field == "is_inner"


def test_nobody_fills_the_disk_in_a_minute(idea, media, monkeypatch):
    monkeypatch.setattr(intake, "PACE", (intake.limits.Limit(2, 600),))
    add(idea)
    add(idea, files.PDF)
    with pytest.raises(TooMany):
        add(idea, files.CSV)
    assert rows() == 2


# -- the scanner -----------------------------------------------------------------------------


@pytest.fixture
def scanned(inside, monkeypatch):
    """A house with a virus scanner."""
    with scanner() as (url, found):
        monkeypatch.setattr(intake.scanner, "address", lambda: url)
        yield found


def test_the_scanner_sees_what_was_sent(scanned, idea, media):
    data = files.picture()
    add(idea, data)
    add(idea, files.PDF)
    assert scanned.seen == [data, files.PDF]


def test_an_infected_file_is_refused(scanned, refused):
    said = refused(files.PDF.replace(b"<<>>", EICAR.encode(), 1))
    assert said.values == {"found": "Eicar-Signature"}


def test_without_an_answer_of_the_scanner_nothing_is_taken(refused, idea, media, monkeypatch):
    monkeypatch.setattr(intake.scanner, "address", lambda: "tcp://127.0.0.1:9")
    for data in (files.picture(), files.PDF):
        with pytest.raises(Unavailable) as said:
            add(idea, data)
        assert (said.value.status, said.value.field) == (503, "file")
    assert (rows(), media.files) == (0, [])


# -- what fails on the way -------------------------------------------------------------------


def fails_at(monkeypatch, media, step: str, fault: BaseException) -> None:
    def fail(*args: object, **kw: object) -> None:
        raise fault

    put, keys = media.store.put, []

    def put_one(key: str, data: bytes) -> None:
        keys.append(key)
        fail() if len(keys) == 2 else put(key, data)

    commit = Session.commit

    def commit_all_but_the_last(session: Session) -> None:
        fail() if media.files else commit(session)

    where: dict[str, tuple[object, str, object]] = {
        "first size": (storage, "_write", fail),
        "second size": (media.store, "put", put_one),
        "lock": (intake.contributions, "lock", fail),
        "row": (intake, "insert_once", fail),
        "news": (intake.activity, "record", fail),
        "commit": (Session, "commit", commit_all_but_the_last),
    }
    monkeypatch.setattr(*where[step])


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
BROKEN = OperationalError("INSERT", {}, Exception("disk is full"))


@pytest.mark.parametrize(
    "failure",
    [
        ("first size", FULL, storage.StorageFull),
        ("first size", OSError(errno.EIO, "x"), storage.StorageError),
        ("second size", storage.StorageFull(), storage.StorageFull),
        ("second size", KeyboardInterrupt(), KeyboardInterrupt),
        ("lock", BROKEN, OperationalError),
        ("row", BROKEN, OperationalError),
        ("row", SystemExit(), SystemExit),
        ("news", ZeroDivisionError(), ZeroDivisionError),
        ("commit", BROKEN, OperationalError),
    ],
    ids=lambda failure: f"{failure[0]}, {failure[2].__name__}",
)
def test_whatever_fails_leaves_neither_row_nor_file(idea, media, monkeypatch, failure):
    step, fault, seen_as = failure
    idea_id = idea.id
    db.session.expunge_all()
    with monkeypatch.context() as patch:
        fails_at(patch, media, step, fault)
        with pytest.raises(seen_as):
            add(db.session.get(Idea, idea_id))
    db.session.rollback()
    assert (rows(), media.files) == (0, [])
    add(db.session.get(Idea, idea_id))
    assert rows() == 1


def test_a_full_disk_is_told_as_such_at_the_field(idea, media, monkeypatch):
    fails_at(monkeypatch, media, "first size", FULL)
    with pytest.raises(Unavailable) as said:
        add(idea)
    assert (said.value.status, said.value.field) == (507, "file")
    assert "no room" in said.value.message


def test_a_larger_command_that_fails_takes_its_files_with_it(idea, media):
    @transaction()
    def command() -> None:
        add(idea)
        assert media.files
        raise LookupError

    with pytest.raises(LookupError):
        command()
    assert (rows(), media.files) == (0, [])


def test_a_larger_command_that_goes_on_has_the_files_that_were_taken(idea, media):
    @transaction()
    def command() -> None:
        add(idea)
        with pytest.raises(RuleBroken):
            add(idea)

    command()
    assert rows() == 1
    assert len(media.files) == len(pictures.widths_of(900))


def test_a_commit_that_may_have_arrived_keeps_its_files(idea, media, monkeypatch):
    """Better a file without a row, which is swept, than a row without its file."""
    fault = OperationalError("COMMIT", {}, Exception("server closed the connection"))
    fault.connection_invalidated = True
    idea.id, idea.author.id  # noqa: B018 - read before the line breaks
    with monkeypatch.context() as patch:
        fails_at(patch, media, "commit", fault)
        with pytest.raises(OperationalError):
            add(idea)
    assert len(media.files) == 3


def test_a_thing_that_goes_meanwhile_gets_no_file(idea, media, monkeypatch):
    encode = pictures.encode

    def slow(data: bytes):
        made = encode(data)
        db.session.delete(db.session.get(Idea, idea.id))
        db.session.commit()
        return made

    monkeypatch.setattr(intake.pictures, "encode", slow)
    with pytest.raises(Missing):
        add(idea)
    assert media.files == []


# -- reading ---------------------------------------------------------------------------------


def test_files_come_in_the_order_in_which_they_were_added(idea, media):
    made = [make_attachment(idea) for _ in range(3)]
    assert queries.of_thing(Nobody(), idea) == made


def test_a_hidden_thing_shows_its_files_to_its_author_alone(idea, media):
    file = make_attachment(idea)
    idea.hidden_at = idea.published_at
    assert queries.get(idea.author, file.id) == file
    assert queries.of_thing(Nobody(), idea) == []
    for person in (make_user(), Nobody()):
        with pytest.raises(Missing):
            queries.get(person, file.id)


def test_limits_are_those_of_the_place_of_the_thing(media):
    strict = make_municipality(attachment_most=1)
    idea = make_idea(municipality=strict)
    add(idea)
    with pytest.raises(RuleBroken):
        add(idea, files.PDF)
    add(make_idea(), files.PDF)
