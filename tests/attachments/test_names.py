"""Names of files: readable everywhere, harmless everywhere, never a path."""

from __future__ import annotations

import unicodedata

import pytest

from civic.attachments.service.names import LONGEST, cleaned
from civic.attachments.views import disposition


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Plan.pdf", "Plan.pdf"),
        ("Plan.PDF", "Plan.pdf"),
        ("Plan", "Plan.pdf"),
        ("Bänke am Weg – Übersicht (2).pdf", "Bänke am Weg – Übersicht (2).pdf"),
        ("übersicht.pdf", "übersicht.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("/etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\Anna\\Plan.pdf", "Plan.pdf"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("a／b.pdf", "b.pdf"),
        ("rechnung.exe", "rechnung.exe.pdf"),
        ("index.html", "index.html.pdf"),
        ("nexe.\u202efdp", "nexe.fdp.pdf"),
        ("pl\u200ban\x00\x1b.pdf", "plan.pdf"),
        ("zeile\r\nSet-Cookie: x.pdf", "zeile Set-Cookie- x.pdf"),
        ('a"b<c>d|e?f*g;h%i#j.pdf', "a-b-c-d-e-f-g-h-i-j.pdf"),
        ("  viel   Platz  .pdf", "viel Platz.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("...", "datei.pdf"),
        ("", "datei.pdf"),
        (".pdf", "datei.pdf"),
        ("CON.pdf", "datei CON.pdf"),
        ("lpt1", "datei lpt1.pdf"),
        ("Konzept.pdf", "Konzept.pdf"),
        ("\ud800\udfff.pdf", "datei.pdf"),
    ],
)
def test_a_name_is_cleaned(name, kept):
    assert cleaned(name, "pdf") == kept


def test_a_long_name_keeps_its_extension():
    name = cleaned("Ä" * 500 + ".pdf", "pdf")
    assert len(name) == LONGEST
    assert name.endswith("Ä.pdf")


@pytest.mark.parametrize("name", ["con." + "a" * 130 + ".pdf", "aux." + "b " * 80])
def test_the_name_of_a_device_is_not_too_long_either(name):
    assert cleaned(name, "pdf").startswith("datei ")
    assert len(cleaned(name, "pdf")) <= LONGEST


def test_marks_do_not_pile_up():
    name = cleaned("Z" + "\u0301\u0302\u0303\u0304\u0305" * 20 + ".pdf", "pdf")
    assert sum(unicodedata.combining(c) > 0 for c in name) <= 2


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Plan.pdf", "attachment; filename=\"Plan.pdf\"; filename*=UTF-8''Plan.pdf"),
        (
            "Bänke – 1.pdf",
            "attachment; filename=\"Banke 1.pdf\"; filename*=UTF-8''B%C3%A4nke%20%E2%80%93%201.pdf",
        ),
        (
            "план.pdf",
            "attachment; filename=\"datei.pdf\"; filename*=UTF-8''%D0%BF%D0%BB%D0%B0%D0%BD.pdf",
        ),
        ('a"\r\nb.pdf', "attachment; filename=\"ab.pdf\"; filename*=UTF-8''a%22%0D%0Ab.pdf"),
    ],
)
def test_the_name_in_the_header_breaks_out_of_nothing(name, header):
    assert disposition(name) == header
