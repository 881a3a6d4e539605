"""What a document is: by its content, whatever it is called."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from civic.attachments.service import recognition
from civic.attachments.service.recognition import is_picture, recognised
from civic.core.errors import RuleBroken
from tests.attachments import files


@pytest.mark.parametrize(
    ("data", "extension"),
    [
        (files.PDF, "pdf"),
        (files.odt(), "odt"),
        (files.docx(), "docx"),
        (files.docx(**{"word/charts/chart1.xml": "<c/>"}), "docx"),
        (files.xlsx(), "xlsx"),
        (files.CSV, "csv"),
        (b"\xef\xbb\xbf" + files.CSV, "csv"),
        (b"a,b\r\n1,2\r\n", "csv"),
        (b"\n\na\tb\n", "csv"),
        ("Ort;Bänke\n".encode("cp1252"), "csv"),
    ],
)
def test_documents_are_recognised(data, extension):
    assert recognised(data).extension == extension


def test_the_alphabet_of_a_table_is_told():
    assert recognised(files.CSV).media_type == "text/csv; charset=utf-8"
    old = recognised("Ort;Bänke\n".encode("cp1252"))
    assert old.media_type == "text/csv; charset=windows-1252"


def refused(data: bytes) -> str:
    with pytest.raises(RuleBroken) as broken:
        recognised(data)
    assert broken.value.field == "file"
    return broken.value.message


@pytest.mark.parametrize(
    "data",
    [
        files.SVG, files.HTML, b"  \n" + files.HTML, b"a,b\n<script>x</script>",
        b"<?xml version='1'?>,", b"<?php echo 1,2;", b"a;b\n1;<SVG onload=x>",
        b"a;b\n<iframe src=x>", b"\x7fELF" + bytes(60),
        b"MZ" + bytes(200), b"#!/bin/sh\nrm\n", b"just words", b"GIF89a" + bytes(20), b"\x00a;b",
        b"a;b\x1b[31m", b"a;b\x81\x8d", "a;b".encode("utf-16"), files.archive({"a.txt": "x"}),
        files.archive({"mimetype": "application/epub+zip"}),
        files.archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                       "content.xml": ""}),
        files.archive({"[Content_Types].xml": "<Types/>", "word/document.xml": ""}),
        files.office("application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
                     "word/document.xml"),
        files.archive({"META-INF/MANIFEST.MF": "", "Evil.class": b"\xca\xfe\xba\xbe"}),
    ],
)  # fmt: skip
def test_what_is_no_document_of_ours_is_refused(data):
    assert "of this kind" in refused(data)


@pytest.mark.parametrize(
    "data",
    [
        files.docm(),
        files.docx(**{"word/vbaProject.bin": b"x"}),
        files.docx(**{"word/VBAPROJECT.BIN": b"x"}),
        files.xlsx(**{"xl/macrosheets/sheet1.xml": "<x/>"}),
        files.xlsx(**{"xl/activeX/activeX1.bin": b"x"}),
        files.odt(**{"Basic/Standard/Module1.xml": "<x/>"}),
        files.odt(**{"Scripts/python/evil.py": "x"}),
        files.office("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "xl/workbook.xml"),
    ],
)
def test_programs_in_documents_are_refused(data):
    assert "macros" in refused(data)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\ncut off", files.docx()[:-30], b"PK\x03\x04" + bytes(500),
        files.docx(**{"../../etc/passwd": "x"}), files.docx(**{"/etc/passwd": "x"}),
        files.docx(**{"..\\x": "x"}),
    ],
)  # fmt: skip
def test_what_is_damaged_is_called_so(data):
    assert "damaged" in refused(data)


@pytest.mark.parametrize(
    "bomb", [files.zip_bomb, files.zip_of_many, files.zip_in_itself], ids=lambda f: f.__name__
)
def test_bombs_do_not_go_off(bomb):
    data = bomb()
    tracemalloc.start()
    began = time.process_time()
    assert "too large" in refused(data)
    assert time.process_time() - began < 2
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_a_list_that_lies_unpacks_nothing_either():
    """Nothing but two labels is ever read, each with a bound."""
    assert recognised(files.zip_that_lies()).extension == "docx"


def test_a_label_that_never_ends_is_refused():
    data = files.archive({"[Content_Types].xml": bytes(recognition.LONGEST_LABEL + 1)})
    assert "damaged" in refused(data)


def test_what_is_locked_with_a_password_is_called_so():
    data = bytearray(files.docx())
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 8] |= 1
    assert "password" in refused(bytes(data))


def test_nothing_is_called_nothing():
    assert "empty" in refused(b"")


def test_pictures_are_told_from_documents():
    for kind in ("JPEG", "PNG", "WEBP"):
        assert is_picture(files.picture(kind))
    for data in (files.PDF, files.docx(), files.CSV, files.SVG, b"", b"RIFF1234WAVE"):
        assert not is_picture(data)
