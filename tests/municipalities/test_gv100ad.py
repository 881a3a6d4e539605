"""The official directory becomes places, or an error that names the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from civic.municipalities.gv100ad import DirectoryError, read_directory

SAMPLE = Path(__file__).parent / "gv100ad-sample.txt"
LAND, KREIS, TOWN = 1, 3, 5  # lines of the sample


@pytest.fixture
def sample_lines():
    return SAMPLE.read_bytes().decode().splitlines()


@pytest.fixture
def read(tmp_path):
    def read(lines, *, written_in="utf-8", **options):
        path = tmp_path / "directory.txt"
        path.write_bytes("\r\n".join(lines).encode(written_in))
        return list(read_directory(path, **options))

    return read


def overwritten(line, position, text):
    """Write `text` at a position counted from 1, as the official description counts."""
    start = position - 1
    return line[:start] + text + line[start + len(text) :]


def test_the_sample_has_the_official_length(sample_lines):
    assert {len(line) for line in sample_lines} == {220}


def test_places_come_with_their_keys_names_and_parents():
    places = [
        (place.line, place.kind, place.ars, place.ags, place.title, place.parent_ars)
        for place in read_directory(SAMPLE)
    ]

    auental, rhoen, land = "151510000000", "151520000000", "150000000000"
    assert places == [
        (1, "land", land, "15000000", "Musterland", None),
        (3, "kreis", auental, "15151000", "Landkreis Auental", land),
        (10, "kreis", rhoen, "15152000", "Rhön-Saale-Kreis", land),
        (5, "gemeinde", "151510001001", "15151001", "Stadt Lindfurt", auental),
        (7, "gemeinde", "151515101002", "15151002", "Markt Mühlbach", auental),
        (8, "gemeinde", "151515101003", "15151003", "Gemeinde Öd a.d.Aue", auental),
        (12, "gemeinde", "151520004004", "15152004", "Große Kreisstadt Steinfeld", rhoen),
        (15, "gemeinde", "150010000000", "15001000", "Landeshauptstadt Großwiesen", land),
        (19, "gemeinde", "170000000000", "17000000", "Freie Stadt Hafenstadt", None),
    ]


def test_a_key_stands_for_one_place():
    keys = [place.ars for place in read_directory(SAMPLE)]

    assert len(keys) == len(set(keys))


def test_counties_and_states_add_up():
    people = {place.name: place.population for place in read_directory(SAMPLE)}

    assert people["Lindfurt"] == 23418
    assert people["Auental"] == 23418 + 4120 + 87
    assert people["Musterland"] == 23418 + 4120 + 87 + 18250 + 151204
    assert people["Hafenstadt"] == 602000


def test_where_nobody_lives_is_left_out():
    assert "Auenforst" not in {place.name for place in read_directory(SAMPLE)}


def test_an_old_file_is_read_in_its_own_encoding(read, sample_lines):
    names = {place.name for place in read(sample_lines, written_in="latin-1", encoding="latin-1")}

    assert "Mühlbach" in names


def test_a_byte_order_mark_and_empty_lines_do_no_harm(read, sample_lines):
    places = read(["\ufeff" + sample_lines[0], "", *sample_lines[1:], "  "])

    assert [place.line for place in places][:2] == [1, 4]


@pytest.mark.parametrize(
    ("number", "change", "message"),
    [
        (LAND, (1, "99"), "is no valid record of type '99'"),
        (LAND, (3, "20261301"), "is no valid record of type '10'"),
        (LAND, (11, "1x"), "has no key of 2 digits, but '1x'"),
        (LAND, (23, " " * 50), "has no name"),
        (KREIS, (11, "1515 "), "has no key of 5 digits"),
        (KREIS, (123, "49"), "is no valid record of type '40' (49 is not a valid DistrictType)"),
        (TOWN, (11, "151510٠1"), "has no key of 8 digits"),
        (TOWN, (19, "00 1"), "has no association key, but '00 1'"),
        (TOWN, (123, "99"), "is no valid record of type '60'"),
        (TOWN, (140, "        abc"), "is no valid record of type '60'"),
        (TOWN, (140, "        -12"), "has no population, but '        -12'"),
        (TOWN, (140, " " * 11), "is no valid record of type '60'"),
        (TOWN, (171, "?????"), "Invalid postal code marker"),
    ],
)
def test_a_broken_line_is_named(read, sample_lines, number, change, message):
    sample_lines[number - 1] = overwritten(sample_lines[number - 1], *change)

    with pytest.raises(DirectoryError) as caught:
        read(sample_lines)

    assert caught.value.line == number
    assert message in caught.value.message
    assert str(caught.value).startswith(f"Line {number}: ")


def test_a_cut_line_is_named(read, sample_lines):
    sample_lines[TOWN - 1] = sample_lines[TOWN - 1][:130]

    with pytest.raises(DirectoryError) as caught:
        read(sample_lines)

    assert caught.value.line == TOWN


def test_a_wrong_encoding_is_named_with_the_way_out(read, sample_lines):
    with pytest.raises(DirectoryError, match="Line 1: is not utf-8-sig; old files are latin-1"):
        read(sample_lines, written_in="latin-1")


def test_a_repeated_key_is_named(read, sample_lines):
    repeated = overwritten(sample_lines[6], 11, "15151001")

    with pytest.raises(DirectoryError, match="Line 20: repeats the key 151510001001 of line 5"):
        read([*sample_lines, overwritten(repeated, 19, "0001")])


@pytest.mark.parametrize(("left_out", "number"), [(LAND, 2), (KREIS, 4)])
def test_a_place_without_its_county_or_state_is_named(read, sample_lines, left_out, number):
    del sample_lines[left_out - 1]

    with pytest.raises(DirectoryError, match="which the file does not list") as caught:
        read(sample_lines)

    assert caught.value.line == number


def test_nothing_is_yielded_before_the_whole_file_is_read(tmp_path, sample_lines):
    path = tmp_path / "directory.txt"
    path.write_text("\n".join([*sample_lines, "60 broken"]), encoding="utf-8")

    with pytest.raises(DirectoryError):
        next(read_directory(path))


def test_an_empty_file_has_no_places(read):
    assert read([]) == []
