"""Adding, opening and importing municipalities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from civic.accounts.models import Nobody, System
from civic.core.db import db
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.municipalities import queries, service
from civic.municipalities.gv100ad import read_directory
from civic.municipalities.models import Municipality, MunicipalityKind
from tests.make import make_municipality

SAMPLE = Path(__file__).parent / "gv100ad-sample.txt"
PLACES = 9

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def entries():
    return list(read_directory(SAMPLE))


def create(**changes):
    values = {"kind": "kreis", "ars": "990010000000", "name": "Auental"}
    return service.create_municipality(System(), **values | changes)


def by_ars(ars):
    return db.session.query(Municipality).filter_by(ars=ars).one()


def everything():
    names = [column.key for column in Municipality.__mapper__.column_attrs]
    return {
        town.ars: {name: getattr(town, name) for name in names}
        for town in db.session.query(Municipality)
    }


class TestCreate:
    def test_what_is_not_said_follows_from_the_rest(self):
        county = create(title="Landkreis Auental", welcome="Guten **Tag**")
        town = create(kind="gemeinde", ars="990010015012", name="Grünau", parent=county)
        assert (town.ags, town.slug, town.title) == ("99001012", "gruenau", "Grünau")
        assert town.path == f"/{county.id}/{town.id}/"
        assert county.welcome_html.strip() == "<p>Guten <strong>Tag</strong></p>"
        assert town.is_active

    def test_a_taken_name_gets_the_county_then_the_key(self):
        county = create()
        slugs = [
            create(kind="gemeinde", ars=f"99001001500{n}", name="Neustadt", parent=county).slug
            for n in range(3)
        ]
        assert slugs == ["neustadt", "neustadt-auental", "neustadt-99001002"]

    @pytest.mark.parametrize(
        "wrong", [{"ars": "99"}, {"ars": "99001000000x"}, {"colour": "red"}, {"colour": "#12345"}]
    )
    def test_keys_and_colours_have_a_form(self, wrong):
        with pytest.raises(RuleBroken):
            create(**wrong)

    @pytest.mark.parametrize("twice", [{"name": "Anders"}, {"slug": "auental", "ars": "9" * 12}])
    def test_a_key_and_an_address_stand_for_one_place(self, twice):
        create()
        with pytest.raises(RuleBroken, match="already"):
            create(**twice)
        assert db.session.query(Municipality).count() == 1

    def test_only_the_platform_adds(self):
        with pytest.raises(Forbidden):
            service.create_municipality(Nobody(), kind="land", ars="9" * 12, name="X")


class TestActivate:
    def test_opening_is_said_once(self):
        town = make_municipality(is_active=False)
        assert service.activate(System(), town)
        assert not service.activate(System(), town)
        assert town.is_active
        assert service.activate(System(), town, is_active=False)

    def test_only_the_platform_opens(self):
        town = make_municipality(is_active=False)
        with pytest.raises(Forbidden):
            service.activate(Nobody(), town)
        assert not town.is_active


class TestImport:
    def test_the_whole_directory_arrives(self, entries):
        done = []
        report = service.import_directory(System(), entries, done.append)
        assert (report.added, report.changed, report.unchanged, report.gone) == (PLACES, 0, 0, 0)
        assert sum(done) == PLACES
        town = by_ars(entries[-1].ars)
        assert not town.is_active
        assert town.path.endswith(f"/{town.id}/")

    def test_parents_and_paths_agree(self, entries):
        service.import_directory(System(), entries)
        for town in db.session.query(Municipality):
            above = town.parent.path if town.parent else "/"
            assert town.path == f"{above}{town.id}/"
        assert any(town.parent and town.parent.parent for town in db.session.query(Municipality))

    def test_twice_changes_nothing(self, entries):
        service.import_directory(System(), entries)
        before = everything()
        report = service.import_directory(System(), entries)
        assert (report.added, report.changed, report.unchanged) == (0, 0, PLACES)
        assert everything() == before

    def test_what_people_set_stays(self, entries):
        service.import_directory(System(), entries)
        entry = entries[-1]
        town = by_ars(entry.ars)
        town.is_active, town.title, town.slug = True, "Unsere Stadt", "unsere-stadt"
        town.answer_days, town.welcome = 14, "Moin"
        db.session.flush()
        new = replace(entry, name="Neuer Name", title="Stadt Neuer Name", population=17)
        report = service.import_directory(System(), [*entries[:-1], new])
        assert (report.changed, report.unchanged) == (1, PLACES - 1)
        town = by_ars(entry.ars)
        assert (town.name, town.population) == ("Neuer Name", 17)
        assert (town.title, town.slug) == ("Unsere Stadt", "unsere-stadt")
        assert (town.is_active, town.answer_days, town.welcome) == (True, 14, "Moin")

    def test_a_place_that_nobody_cares_for_takes_the_new_title(self, entries):
        service.import_directory(System(), entries)
        new = replace(entries[-1], title="Markt Anders")
        service.import_directory(System(), [*entries[:-1], new])
        assert by_ars(new.ars).title == "Markt Anders"

    def test_a_place_moves_with_its_parent(self, entries):
        service.import_directory(System(), entries)
        town = next(e for e in entries if e.kind == "gemeinde" and e.parent_ars)
        county = next(e for e in entries if e.kind == "kreis" and e.ars != town.parent_ars)
        others = [e for e in entries if e is not town]
        service.import_directory(System(), [*others, replace(town, parent_ars=county.ars)])
        assert by_ars(town.ars).path.startswith(by_ars(county.ars).path)

    def test_a_new_association_is_the_same_place(self, entries):
        service.import_directory(System(), entries)
        town = next(e for e in entries if e.kind == "gemeinde" and e.parent_ars)
        id = by_ars(town.ars).id
        moved = replace(town, ars=town.ars[:5] + "7777" + town.ars[9:])
        report = service.import_directory(System(), [moved if e is town else e for e in entries])
        assert (report.added, report.changed, report.gone) == (0, 1, 0)
        assert by_ars(moved.ars).id == id

    def test_what_the_file_no_longer_lists_stays(self, entries):
        other = make_municipality("Alter Ort")
        report = service.import_directory(System(), entries)
        assert report.gone == 1
        assert db.session.get(Municipality, other.id)

    def test_a_fault_in_the_middle_leaves_nothing(self, entries):
        broken = [*entries[:-1], replace(entries[-1], parent_ars="000000000000")]
        with pytest.raises(KeyError):
            service.import_directory(System(), broken)
        db.session.rollback()
        assert db.session.query(Municipality).count() == 0

    def test_names_that_many_bear_get_addresses_of_their_own(self, entries):
        towns = [e for e in entries if e.kind == "gemeinde"]
        same = [replace(e, name="Neustadt") if e in towns else e for e in entries]
        service.import_directory(System(), same)
        assert len({town.slug for town in db.session.query(Municipality)}) == PLACES

    def test_only_the_platform_imports(self, entries):
        with pytest.raises(Forbidden):
            service.import_directory(Nobody(), entries)


class TestQueries:
    def test_choices_go_from_the_large_to_the_small(self):
        county = make_municipality("Bergkreis", slug="bergkreis")
        make_municipality("Äcker", slug="aecker", parent=county)
        make_municipality("Anger", slug="anger", parent=county)
        make_municipality("Schlaf", slug="schlaf", is_active=False)
        land = make_municipality("Zett", slug="zett", kind=MunicipalityKind.LAND)
        found = [slug for slug, _title in queries.choices() or ()]
        assert found == [land.slug, "bergkreis", "aecker", "anger"]

    @pytest.mark.parametrize(
        ("text", "slugs"),
        [
            ("über", ["ueberau"]),
            ("UEBER", ["ueberau"]),
            ("stadt übe", ["ueberau"]),
            ("99 0010", ["ueberau"]),
            ("%", []),
            ("", ["anger", "ueberau"]),
        ],
    )
    def test_searching(self, text, slugs):
        make_municipality("Anger", slug="anger", ars="880010000000", ags="88001000")
        make_municipality(
            "Überau", title="Stadt Überau", slug="ueberau", ars="990010000000", ags="99001000"
        )
        make_municipality("Überdruss", slug="ueberdruss", is_active=False)
        found = db.session.scalars(queries.listing(text).order_by(Municipality.slug))
        assert [town.slug for town in found] == slugs

    def test_above_and_below(self):
        land = make_municipality("Land", kind=MunicipalityKind.LAND)
        county = make_municipality("Kreis", parent=land, kind=MunicipalityKind.KREIS)
        town = make_municipality("Dorf", parent=county)
        make_municipality("Still", parent=county, is_active=False)
        make_municipality("Fremd")
        assert [m.name for m in db.session.scalars(queries.above(town))] == ["Land", "Kreis"]
        assert [m.name for m in db.session.scalars(queries.below(land))] == ["Kreis", "Dorf"]
        assert [m.name for m in db.session.scalars(queries.below(town))] == []

    def test_finding_by_address(self):
        town = make_municipality(slug="dorf")
        assert queries.by_slug("dorf") is town
        assert queries.find("dorf") is town
        assert queries.find("") is None
        assert queries.by_id(town.id) is town
        assert queries.by_id(None) is None
        with pytest.raises(Missing):
            queries.by_slug("stadt")

    def test_the_name_of_the_site(self):
        assert queries.site_place("") == ""
        county = make_municipality(title="Landkreis Auental", slug="auental")
        make_municipality(title="Stadt Lindfurt", slug="lindfurt", parent=county)
        assert queries.site_place("") == "Landkreis Auental"
        assert queries.site_place("lindfurt") == "Stadt Lindfurt"
        assert queries.site_place("nirgendwo") == ""
        make_municipality(title="Landkreis Anders")
        assert queries.site_place("") == ""
