"""Nobody passes for somebody else: a look-alike is refused or has the key of what it looks like."""

from __future__ import annotations

import unicodedata

import pytest

from civic.core.errors import RuleBroken
from civic.core.names import MAX_LENGTH, fold, skeleton

#: Name -> strings that a reader would take for it.
SPOOFS = {
    "Anna Berger": [
        "anna berger", "ANNA BERGER", "AnnaBerger", "Anna  Berger", "Anna-Berger", "Anna_Berger",
        "Anna. Berger", " Anna Berger ", "Anna\u00a0Berger", "Anna\u2003Berger", "Anna\u3000Berger",
        # without width, with direction, with tags
        "Anna\u200bBerger", "An\u200dna Berger", "An\u200cna Berger", "Anna\u2060 Berger",
        "Anna\ufeff Berger", "Anna\u00ad Berger", "\u202eregreB annA", "Anna\u202c Berger",
        "\u2066Anna Berger\u2069", "Anna\u200e Berger", "Anna\u061c Berger",
        "Anna Berger\U000e0041\U000e007f", "Anna\u034f Berger", "Anna\u115f Berger",
        "Anna\u3164Berger", "Anna\uffa0Berger", "Anna\u2800Berger", "Anna\u180e Berger",
        "Anna\ufe0f Berger", "Anna\U000e0100 Berger", "Anna\u17b4 Berger", "Anna\u2028Berger",
        "Anna\tBerger\x07", "Anna\x00Berger", "Anna\x1bBerger", "Anna\ue000 Berger",
        "Anna\udc00 Berger", "Anna\U0010ffff Berger",
        # the same letters in other clothes
        "Ａnna Berger", "Ａｎｎａ　Ｂｅｒｇｅｒ", "𝐀𝐧𝐧𝐚 𝐁𝐞𝐫𝐠𝐞𝐫", "𝒜𝓃𝓃𝒶 𝐵ℯ𝓇ℊℯ𝓇", "𝔸𝕟𝕟𝕒 𝔹𝕖𝕣𝕘𝕖𝕣",
        "Ⓐⓝⓝⓐ Ⓑⓔⓡⓖⓔⓡ", "🅰nna Berger", "🅐🅝🅝🅐 🅑🅔🅡🅖🅔🅡", "🇦nna Berger", "⒜nna Berger", "ᵃnna Berger",
        # letters of other scripts
        "Аnna Berger", "Annа Berger", "Anna Веrger", "Annα Berger", "Αnna Berger", "Anna Вerger",
        "Anna Bеrger", "Anna Bergеr", "Ꭺnna Berger", "Anna Ᏼerger", "Anna Beгger", "Anոa Berger",
        "ɑnna Berger", "Anna Berɡer", "Anna Bergeꮁ", "Anna Bergeɼ",
        # marks heaped up
        "A\u0338nna Berger", "A\u0300\u0301\u0302\u0303nna Berger", "Änna Berger", "Anna Bérger",
        "Anna Berge\u0336r", "Ànnà Bergèr", "A\u20ddnna Berger",
        "Anna Ber\u0489\u0489\u0489\u0489ger",
        # signs of an office
        "Anna Berger ✓", "Anna Berger ✔", "Anna Berger ☑", "✅ Anna Berger", "★ Anna Berger",
        "Anna Berger 🛡", "Anna Berger ®", "Anna Berger 👩‍💼", "Anna Berger 👩", "Anna Berger ™️",
        "Anna Berger 🏛️", "Anna Berger ●", "Anna Berger ⚜", "[Amt] Anna Berger", "Anna Berger | Amt",
        "<b>Anna Berger</b>", "@Anna Berger", "“Anna Berger”", "Anna Berger →",
    ],
    "Paul Illig": ["PauI Illig", "Pau1 Illig", "Paul lllig", "Paul I1lig", "Paul Iǀlig",
                   "Pauⅼ Illig"],
    "Otto Bernd": ["0tto Bernd", "Ott0 Bernd", "Otto Bemd", "Оttо Bernd", "Otƭo Bernd"],
    "Uwe Wagner": ["Uvve Wagner", "Uwe VVagner", "Uwe Ꮃagner", "Uwe Wagnеr"],
    "Сара": ["Capa", "САРА", "сapa"],
}  # fmt: skip
CASES = [(name, spoof) for name, spoofs in SPOOFS.items() for spoof in spoofs]
LEGITIMATE = [
    "Franziska Weiß", "Łukasz Żółć", "Begoña Núñez", "أحمد الخطيب", "李小龍", "Seán O'Neill",
    "Seán O’Neill", "Anne-Marie Groß", "Nguyễn Thị Hạnh", "Jürgen Müller-Lüdenscheidt",
    "Ærø Østergård",
    "Ğüneş Yıldız", "Олена Коваленко", "Γιώργος Παπαδόπουλος", "שרה כהן",
    "محمّد", "ประยุทธ์", "김민준", "さくら", "Þórdís", "Čapek", "J. R. R.", "Dr. Ö",
    "Kopfrechner_63", "Tuba_Toni", "D'Artagnan", "Col·legi", "Aşkım", "Ștefan Țuțu", "Đorđe",
    "İpek",
]  # fmt: skip


def refused(name: str) -> bool:
    try:
        fold(name)
    except RuleBroken:
        return True
    return False


@pytest.mark.parametrize(("name", "spoof"), CASES, ids=[ascii(spoof) for _, spoof in CASES])
def test_a_look_alike_is_refused_or_has_the_same_key(name, spoof):
    assert refused(spoof) or skeleton(fold(spoof)) == skeleton(name)


def test_there_are_about_a_hundred():
    assert len(CASES) >= 100


def test_folding_alone_would_not_be_enough():
    """The control: NFKC, which many take for the answer, lets most of them stand."""
    caught = [s for n, s in CASES if unicodedata.normalize("NFKC", s) == n]
    assert len(caught) < len(CASES) / 5


@pytest.mark.parametrize("name", LEGITIMATE)
def test_names_of_people_are_accepted(name):
    folded = fold(name)
    assert folded == unicodedata.normalize("NFKC", name)
    assert fold(folded) == folded
    assert skeleton(folded)


def test_names_of_people_have_keys_of_their_own():
    different = {skeleton(name.replace("’", "'")) for name in LEGITIMATE}
    assert len(different) == len({name.replace("’", "'") for name in LEGITIMATE})


@pytest.mark.parametrize("name", ["", " ", "123", "...", "-", "'", "_ _", "\u0301", "😀", "5 5"])
def test_a_name_needs_a_letter(name):
    with pytest.raises(RuleBroken) as broken:
        fold(name)
    assert broken.value.field == "name"


def test_length_counts_after_folding():
    assert fold("a" * MAX_LENGTH)
    assert refused("a" * (MAX_LENGTH + 1))
    assert refused("\ufdfa" * 10)  # one character that folds to eighteen
    assert len(skeleton("ß" * 400)) <= 120
