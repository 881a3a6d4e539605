"""Keeping the lists of topics."""

from __future__ import annotations

import pytest

from civic.accounts.models import Role, System
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.topics import queries, service
from civic.topics.models import Topic
from tests.make import make_idea, make_municipality, make_topic, make_user

pytestmark = pytest.mark.usefixtures("inside")


def create(town=None, name="Unterwegs sein", **more):
    return service.create_topic(System(), town, name_de=name, name_en="", **more)


def test_a_topic_for_all_and_one_of_a_town():
    town = make_municipality(slug="lindfurt")
    shared, local = create(), create(town)
    assert (shared.slug, local.slug) == ("unterwegs-sein", "unterwegs-sein-lindfurt")
    assert shared.name("en") == "Unterwegs sein"
    assert local.position > shared.position


def test_two_towns_may_use_the_same_word():
    slugs = {create(make_municipality(slug=slug)).slug for slug in ("a-dorf", "b-dorf")}
    assert len(slugs) == 2


@pytest.mark.parametrize("name", ["Unterwegs sein", "  unterwegs   SEIN!"])
def test_a_name_stands_once(name):
    create()
    with pytest.raises(RuleBroken) as broken:
        create(name=name)
    assert broken.value.field == "name_de"
    assert db.session.query(Topic).count() == 1


def test_a_name_needs_letters():
    for act in (lambda: create(name="!!!"), lambda: rename(make_topic(), "...")):
        with pytest.raises(RuleBroken):
            act()


def rename(topic, name, actor=None):
    service.rename_topic(actor or System(), topic, name_de=name, name_en="")


def test_renaming_keeps_the_address():
    topic = create()
    rename(topic, "Mobil")
    assert (topic.slug, topic.name_de, topic.name_en) == ("unterwegs-sein", "Mobil", "Mobil")


def test_each_list_has_its_keeper():
    town = make_municipality()
    staff = make_user(roles=[(Role.STAFF, town)])
    shared, local = create(), create(town)
    rename(local, "Neu", staff)
    for act in (
        lambda: rename(shared, "Neu", staff),
        lambda: service.create_topic(staff, None, name_de="X", name_en=""),
        lambda: rename(local, "Neu", make_user()),
    ):
        with pytest.raises(Forbidden):
            act()
    assert shared.name_de == "Unterwegs sein"


def test_a_list_shows_its_topics_and_their_use():
    town = make_municipality()
    local = create(town)
    idea = make_idea(municipality=town)
    service.set_topics(System(), idea, [local.slug])
    assert [tuple(row) for row in db.session.execute(queries.kept_by(town))] == [(local, 1)]
    assert local not in [topic for topic, _ in db.session.execute(queries.kept_by(None))]
    assert queries.get(local.id, town) is local
    with pytest.raises(Missing):
        queries.get(local.id, None)
    with pytest.raises(Missing):
        queries.get(local.id, make_municipality())
