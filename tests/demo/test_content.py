"""The texts of the demo fit together, whoever writes in them."""

from collections import Counter
from io import BytesIO

import pytest
from PIL import Image

from civic.attachments.service import recognition
from civic.demo import reader
from civic.demo.service import drawing, papers

FILES = ("organisations", "ideas", "testbeds", "projects", "innovations")
#: Words of the files that name a person.
PEOPLE = ("by", "author", "founder", "person", "owner", "declined_by")


def entries(name):
    return reader.read_all(name)


def every_part(entry):
    """The entry and all that stands in it, at any depth."""
    yield entry
    for value in entry.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from every_part(part)


@pytest.mark.parametrize("name", FILES)
def test_keys_are_given_once(name):
    assert max(Counter(entry["key"] for entry in entries(name)).values()) == 1


@pytest.mark.parametrize("name", [*FILES, "exchange"])
def test_everybody_who_acts_is_there(name):
    people = {person["key"] for person in reader.read("people")}
    named = {
        part[word]
        for entry in entries(name)
        for part in every_part(entry)
        for word in PEOPLE
        if word in part
    }
    assert named <= people


@pytest.mark.parametrize("name", [*FILES[1:], "exchange"])
def test_topics_and_places_are_there(name):
    topics = {topic["slug"] for topic in reader.read("topics")}
    places = {place["slug"] for place in reader.read("places")}
    for entry in entries(name):
        assert set(entry["topics"]) <= topics, entry["title"]
        assert entry["municipality"] in places, entry["title"]


def test_nothing_happens_before_its_thing_is_there():
    for name in (*FILES, "exchange"):
        for entry in entries(name):
            late = [p for p in every_part(entry) if p.get("days_ago", 0) > entry["days_ago"]]
            assert late == [], entry.get("key")


def test_texts_are_no_longer_than_a_screenful_of_lines():
    assert max(len(path.read_text().splitlines()) for path in reader.FOLDER.glob("*.toml")) < 400


@pytest.mark.parametrize("name", drawing.SCENES)
def test_a_scene_is_a_small_picture(name):
    data = drawing.scene(name)
    assert Image.open(BytesIO(data)).size == drawing.SIZE
    assert len(data) < 100_000


def test_every_picture_that_is_named_can_be_drawn():
    pictures = [
        p
        for e in entries("projects")
        for post in e.get("posts", ())
        for p in post.get("pictures", ())
    ]
    assert {picture["scene"] for picture in pictures} == set(drawing.SCENES)
    assert {e["logo"] for e in entries("organisations") if "logo" in e} == set(drawing.LOGOS)


def test_documents_are_what_they_say():
    assert recognition.recognised(papers.written("a.odt", "Beschluss\nEr gilt.")).extension == "odt"
    assert recognition.recognised(papers.written("a.csv", "Baum;Wort")).extension == "csv"
