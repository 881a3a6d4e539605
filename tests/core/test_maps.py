"""Maps: settings, the one host that may send pictures, the drawing, the fields for a place."""

from __future__ import annotations

import gzip
import json
import math
import re

import pytest
from flask import render_template_string
from werkzeug.datastructures import MultiDict

from civic.app import create_app
from civic.config import Config, ConfigError
from civic.core import maps
from civic.core.forms import Form, MarkedPlace
from civic.core.security import CONTENT_SECURITY_POLICY
from tests.architecture.sources import ROOT
from tests.conftest import make_config

TILES = "https://tiles.example.org/web/{z}/{x}/{y}.png"
SOURCE = "© [Landesvermessung](https://example.org/lizenz)"
SCRIPT_BUDGET = 60 * 1024


def read(**values: str) -> Config:
    return Config.from_env({f"CIVIC_{name.upper()}": value for name, value in values.items()})


# -- settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (TILES, "https://tiles.example.org"),
        ("https://{s}.tiles.example.org/{z}/{x}/{y}{r}.png", "https://*.tiles.example.org"),
        ("https://Tiles.example.org:8443/{z}/{y}/{x}?key=a&b", "https://tiles.example.org:8443"),
        ("http://127.0.0.1:9/{z}/{x}/{y}", "http://127.0.0.1:9"),
        ("/karten/{z}/{x}/{y}.png", ""),
        ("", ""),
    ],
)
def test_who_sends_tiles(url, host):
    assert read(map_tile_url=url, map_attribution=SOURCE).map_host == host


@pytest.mark.parametrize(
    "url",
    [
        "tiles",
        "//tiles.example.org/{z}/{x}/{y}",
        "ftp://tiles.example.org/{z}/{x}/{y}",
        "https://tiles.example.org/{z}/{x}",
        "https://tiles.example.org/{z}/{x}/{y}/{key}",
        "https://{z}.example.org/{z}/{x}/{y}",
        "https://tiles.example.org; script-src */{z}/{x}/{y}",
        "https://a.example https://b.example/{z}/{x}/{y}",
        "https://me:secret@tiles.example.org/{z}/{x}/{y}",
        "https://tiles.example.org/{z}/{x}/{y}'",
        "https://*/{z}/{x}/{y}",
    ],
)
def test_what_is_no_address_of_tiles(url):
    with pytest.raises(ConfigError, match="CIVIC_MAP_TILE_URL"):
        read(map_tile_url=url, map_attribution=SOURCE)


@pytest.mark.parametrize("zoom", ["0", "23", "x"])
def test_a_zoom_that_no_map_has(zoom):
    with pytest.raises(ConfigError, match="CIVIC_MAP_MAX_ZOOM"):
        read(map_max_zoom=zoom)


def test_a_map_says_whose_it_is():
    with pytest.raises(ConfigError, match="CIVIC_MAP_ATTRIBUTION"):
        read(map_tile_url=TILES)


def test_in_production_tiles_come_over_https():
    strong = "qzJ8vYw3-Rk1sN6tBx0uHc5mLd9eGf2aKp7iQoWb4Xj"
    with pytest.raises(ConfigError, match="CIVIC_MAP_TILE_URL"):
        read(
            env="production",
            secret_key=strong,
            base_url="https://zukunft.example",
            map_tile_url="http://tiles.example.org/{z}/{x}/{y}",
            map_attribution=SOURCE,
        )


# -- the policy --------------------------------------------------------------------------------


def policy_of(app) -> str:
    return app.test_client().get("/healthz").headers["Content-Security-Policy"]


@pytest.fixture
def house(tmp_path):
    def build(**changes):
        return create_app(make_config(f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path, **changes))

    return build


def test_without_tiles_no_host_may_send_anything(house):
    assert policy_of(house()) == CONTENT_SECURITY_POLICY
    own = house(map_tile_url="/karten/{z}/{x}/{y}.png", map_attribution=SOURCE)
    assert policy_of(own) == CONTENT_SECURITY_POLICY


def test_the_host_of_the_tiles_may_send_pictures_and_nothing_else(house):
    policy = policy_of(house(map_tile_url=TILES, map_attribution=SOURCE))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("img-src") == "'self' data: https://tiles.example.org"
    assert "example.org" not in " ".join(rules.values())
    assert set(rules) | {"img-src"} == {
        rule.split()[0] for rule in CONTENT_SECURITY_POLICY.split("; ")
    }


# -- the drawing -------------------------------------------------------------------------------


def place(latitude, longitude, **changes):
    return {"name": "Ort", "latitude": latitude, "longitude": longitude} | changes


def dots(drawing) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in re.findall(r"M(-?\d+) (-?\d+)h0", drawing.dots)]


def test_without_places_the_country_is_drawn():
    drawing = maps.draw([])
    assert drawing.country.count("Z") == 4  # the mainland and its large islands
    assert drawing.around
    assert drawing.dots == ""
    [south, west], [north, east] = drawing.bounds
    assert south < 47.3
    assert north > 55.0
    assert west < 5.9
    assert east > 15.0


def test_a_single_place_is_shown_in_its_country():
    alone = maps.draw([place(50.11, 8.68)])
    assert alone.bounds == maps.draw([]).bounds
    assert len(dots(alone)) == 1


def test_places_lie_to_each_other_as_on_the_ground():
    south_west, north_east, middle = place(50.0, 9.0), place(50.3, 9.6), place(50.15, 9.3)
    (ax, ay), (bx, by), (mx, my) = dots(maps.draw([south_west, north_east, middle]))
    assert ax < mx < bx
    assert ay > my > by
    assert abs((ax + bx) / 2 - mx) <= 1
    assert 0 < ax < bx < maps.WIDTH
    assert 0 < by < ay < maps.HEIGHT


def test_a_square_is_as_wide_as_the_drawing_says():
    drawing = maps.draw([place(50.0, 9.0), place(50.3, 9.6)])
    upright = [int(x) for x in re.findall(r"M(\d+) 0V", drawing.net)]
    [south, west], [north, east] = drawing.bounds
    kilometres = (east - west) / 360 * maps.EARTH_KM * math.cos(math.radians((south + north) / 2))
    square = (upright[1] - upright[0]) / maps.WIDTH * kilometres
    assert square == pytest.approx(drawing.square_km, rel=0.03)
    assert drawing.square_km in {1, 2, 5, 10, 20, 50, 100, 200}


@pytest.mark.parametrize(
    ("places", "number"),
    [([place(50, 9), place(50, 9)], 1), ([place(85, 179), place(-85, -179)], 2)],
)
def test_two_on_one_spot_and_two_at_the_ends_of_the_world(places, number):
    drawing = maps.draw(places)
    assert len(dots(drawing)) == number
    assert len(drawing.places) == 2
    assert drawing.square_km > 0


def test_what_lies_outside_of_the_drawing_is_not_sent():
    near = maps.draw([place(51.33, 12.37), place(51.35, 12.40)])
    assert near.around == ""
    assert len(near.country) < 50  # the land reaches over every edge: four corners


def test_those_without_a_position_are_left_out_and_those_beyond_the_most():
    many = [place(50, 9 + n / 9999, url=f"/{n}") for n in range(maps.MOST + 5)]
    drawing = maps.draw([place(None, None), place(50.0, None), *many])
    assert len(drawing.places) == maps.MOST
    assert drawing.places[0] == [50, 9.0, "Ort", "/0", ""]


def test_the_outline_says_where_it_is_from():
    stored = json.loads((ROOT / "static" / maps.OUTLINE).read_text())
    assert "public domain" in stored["source"]


# -- the components ----------------------------------------------------------------------------


MAP = '{% from "components/map.html" import map %}{{ map(places, "Orte") }}'
EVIL = "</figure><script>alert('1')</script>"


def rendered(app, text=MAP, **values) -> str:
    with app.test_request_context():
        return render_template_string(text, **values)


def data_in(text: str):
    found = re.search(r"data-map='([^']*)'", text)
    return json.loads(
        found.group(1).replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
    )


def test_names_from_people_stay_text(app):
    text = rendered(app, places=[place(50.0, 9.0, name=EVIL, note=EVIL, url="/x?a=1&b='")])
    assert EVIL not in text
    assert data_in(text)["places"] == [[50.0, 9.0, EVIL, "/x?a=1&b='", EVIL]]


def test_a_map_without_tiles_offers_none(app):
    text = rendered(app, places=[place(50.0, 9.0)])
    assert data_in(text)["tiles"] == data_in(text)["host"] == ""
    assert 'data-map-act="tiles"' not in text
    assert 'data-map-act="move"' in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


def test_a_map_with_tiles_asks_before_it_loads_them(house):
    text = rendered(house(map_tile_url=TILES, map_attribution=SOURCE), places=[place(50.0, 9.0)])
    assert data_in(text)["tiles"] == TILES
    assert (
        "tiles.example.org" in re.search(r'<button[^>]*data-map-act="tiles".*?</button>', text)[0]
    )
    assert '<a href="https://example.org/lizenz"' in text
    assert "<img" not in text


def test_tiles_of_our_own_need_no_question(house):
    app = house(map_tile_url="/karten/{z}/{x}/{y}.png", map_attribution=SOURCE)
    text = rendered(app, places=[place(50.0, 9.0)])
    assert data_in(text)["host"] == ""
    assert 'data-map-act="tiles"' not in text


# -- the fields --------------------------------------------------------------------------------


class PlaceForm(MarkedPlace, Form):
    class Meta(Form.Meta):
        csrf = False


def sent(app, latitude, longitude, language="de"):
    with app.test_request_context(headers={"Cookie": f"civic_language={language}"}):
        form = PlaceForm(MultiDict({"latitude": latitude, "longitude": longitude}))
        form.validate()
        return form.latitude.data, form.longitude.data, sorted(form.errors)


@pytest.mark.parametrize(
    ("latitude", "longitude", "read"),
    [
        ("50.1109", "8.6821", (50.1109, 8.6821, [])),
        (" 50,1109° ", "8,6821 °", (50.1109, 8.6821, [])),
        ("50,1109\xa0°", "8,6821\xa0", (50.1109, 8.6821, [])),
        ("50", "+8", (50.0, 8.0, [])),
        ("", "", (None, None, [])),
        ("50,1", "", (50.1, None, ["longitude"])),
        ("", "8,6", (None, 8.6, ["longitude"])),
        ("8,6", "50,1", (8.6, 50.1, ["latitude", "longitude"])),
        ("-50", "8", (-50.0, 8.0, ["latitude"])),
        ("50,1 N", "8,6", (None, 8.6, ["latitude"])),
        ("50° 6′ 39″", "8,6", (None, 8.6, ["latitude"])),
        ("1e1", "8", (None, 8.0, ["latitude"])),
        ("nan", "inf", (None, None, ["latitude", "longitude"])),
        ("٥٠", "8", (None, 8.0, ["latitude"])),
        ("5" * 5000, "8", (None, 8.0, ["latitude"])),
    ],
)
def test_a_place_in_degrees(app, latitude, longitude, read):
    assert sent(app, latitude, longitude) == read


def test_what_cannot_be_read_is_said_once(app):
    with app.test_request_context():
        form = PlaceForm(MultiDict({"latitude": "50", "longitude": "abc"}))
        form.validate()
        assert len(form.longitude.errors) == 1


INPUT = (
    '{% from "components/map_input.html" import map_input %}'
    "{{ map_input(form.latitude, form.longitude) }}"
)


@pytest.mark.parametrize(("language", "shown"), [("de", "50,1109"), ("en", "50.1109")])
def test_the_fields_speak_the_language_of_the_page(app, language, shown):
    with app.test_request_context(headers={"Cookie": f"civic_language={language}"}):
        form = PlaceForm(data={"latitude": 50.1109, "longitude": 8.0})
        assert f'value="{shown}"' in form.latitude()
        text = render_template_string(INPUT, form=form)
    assert text.count("data-map-field") == 2
    assert "<svg" in text


def test_what_was_typed_stands_there_again(app):
    with app.test_request_context():
        form = PlaceForm(MultiDict({"latitude": "hier", "longitude": "8"}))
        assert not form.validate()
        text = render_template_string(INPUT, form=form)
    assert 'value="hier"' in text
    assert 'aria-invalid="true"' in text


# -- the budget --------------------------------------------------------------------------------


def test_all_scripts_together_keep_the_budget():
    """60 KB of own and vendored script in all, compressed, the map included (DESIGN 6)."""
    files = [*ROOT.glob("static/js/*.js"), *ROOT.glob("static/vendor/*/*.js")]
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in files}
    assert {"map.js", "leaflet.js", "htmx.min.js"} <= sizes.keys()
    assert sum(sizes.values()) <= SCRIPT_BUDGET, sizes
