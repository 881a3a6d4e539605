"""Maps without anybody else: places on a drawing that the server makes.

The drawing shows how places lie to each other: the border of the country, a net of squares, a dot
for each place. It needs no script and asks nobody. `static/js/map.js` makes it a map that moves
when a visitor wants one, and fetches tiles of another host only after a press of their own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from flask import current_app

from civic.config import Config
from civic.core import html
from civic.core.assets import find_root

#: Size of the drawing; its lines are given in these units.
WIDTH, HEIGHT = 720, 480
#: Room around the places, as a share of the drawing.
MARGIN = 0.12
#: South, west, north, east of Germany: shown where there are fewer than two places to compare.
GERMANY = (47.2, 5.8, 55.1, 15.1)
#: The smallest part of the world that is shown, in degrees of longitude (about 10 km).
NARROWEST = 0.14
EARTH_KM = 40_075.0
#: About so many squares stand side by side.
SQUARES = 7
#: Places on one map at most, so that its page stays small; a list shows the rest.
MOST = 200
OUTLINE = "maps/germany.json"
#: Areas are cut off so many units outside of the drawing, where their edge is not seen.
OUTSIDE = 10

#: A place on the drawing, from its upper left corner.
Pixel = tuple[int, int]


class Point(NamedTuple):
    """A position on the flat map (Mercator): the world is 1 wide, y grows to the south."""

    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """What the component shows; the lines are SVG path data in WIDTH × HEIGHT."""

    country: str
    around: str
    net: str
    dots: str
    #: The places as `map.js` reads them: latitude, longitude, name, address, note.
    places: Sequence[Sequence[Any]]
    #: South-west and north-east corner of what is shown, in degrees.
    bounds: Sequence[Sequence[float]]
    #: How wide a square of the net is, about.
    square_km: float

    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Tiles:
    """Where pictures of the map come from."""

    url: str
    #: Name of the foreign host that learns of its visitors; empty: it is our own.
    host: str
    #: Whose map it is, as cleaned HTML.
    attribution: str
    max_zoom: int


def tiles() -> Tiles | None:
    """The tiles that this installation offers; None where it has none."""
    config: Config = current_app.extensions["civic_config"]
    if not config.map_tile_url:
        return None
    host = config.map_host.partition("://")[2].removeprefix("*.")
    return Tiles(
        config.map_tile_url, host, _attribution(config.map_attribution), config.map_max_zoom
    )


@cache
def _attribution(text: str) -> str:
    return html.render(text)


def draw(places: Iterable[Mapping[str, Any]]) -> Drawing:
    """Draw these places: name, latitude, longitude and, where there are any, url and note.

    Those without a position, and those beyond the most that a map holds, are left out.
    """
    marked = [place for place in places if _is_marked(place)][:MOST]
    points = [project(place["latitude"], place["longitude"]) for place in marked]
    frame = _frame(points)
    outline = _outline()
    step = _step(frame)
    return Drawing(
        country=frame.areas(outline["country"]),
        around=frame.lines(outline["around"]),
        net=frame.net(step),
        dots="".join(f"M{x} {y}h0" for x, y in dict.fromkeys(map(frame.pixel, points))),
        places=[_told(place) for place in marked],
        bounds=frame.bounds(),
        square_km=step,
    )


def project(latitude: float, longitude: float) -> Point:
    """Web Mercator, as all tiles of the net use it (EPSG:3857, scaled to 1)."""
    sine = math.sin(math.radians(latitude))
    return Point(longitude / 360 + 0.5, 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi))


def _degrees(point: Point) -> list[float]:
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * point.y))))
    return [round(latitude, 4), round((point.x - 0.5) * 360, 4)]


def _is_marked(place: Mapping[str, Any]) -> bool:
    return place["latitude"] is not None and place["longitude"] is not None


def _told(place: Mapping[str, Any]) -> list[Any]:
    where = [round(place["latitude"], 5), round(place["longitude"], 5)]
    return [*where, place["name"], place.get("url", ""), str(place.get("note") or "")]


@dataclass(frozen=True)
class _Frame:
    """The part of the flat map that is shown, and how large."""

    left: float
    top: float
    #: Units of the drawing for the width of the world.
    scale: float

    @property
    def middle(self) -> Point:
        return Point(self.left + WIDTH / self.scale / 2, self.top + HEIGHT / self.scale / 2)

    def pixel(self, point: Point) -> Pixel:
        return round((point.x - self.left) * self.scale), round((point.y - self.top) * self.scale)

    def bounds(self) -> list[list[float]]:
        right, bottom = self.left + WIDTH / self.scale, self.top + HEIGHT / self.scale
        return [_degrees(Point(self.left, bottom)), _degrees(Point(right, self.top))]

    def areas(self, rings: Iterable[Sequence[Point]]) -> str:
        """Path data of closed lines, cut off a little outside of what can be seen."""
        cut = (_cut(_sparse(list(map(self.pixel, ring)))) for ring in rings)
        return "".join(f"{_path(ring)}Z" for ring in cut if len(ring) > 2)

    def lines(self, lines: Iterable[Sequence[Point]]) -> str:
        """Path data of those parts of lines that can be seen."""
        pixels = (_sparse(list(map(self.pixel, line))) for line in lines)
        return "".join(_path(part) for line in pixels for part in _seen(line))

    def net(self, step_km: float) -> str:
        """Squares of this width, counted from the middle of the drawing."""
        step = step_km * self.units_a_km()
        number = math.ceil(WIDTH / step / 2)
        across = [round(WIDTH / 2 + step * at) for at in range(-number, number + 1)]
        down = [round(HEIGHT / 2 + step * at) for at in range(-number, number + 1)]
        upright = (f"M{x} 0V{HEIGHT}" for x in across if 0 < x < WIDTH)
        level = (f"M0 {y}H{WIDTH}" for y in down if 0 < y < HEIGHT)
        return "".join((*upright, *level))

    def units_a_km(self) -> float:
        """At the middle of the drawing: a kilometre grows on this map to the north."""
        latitude = _degrees(self.middle)[0]
        return self.scale / (EARTH_KM * math.cos(math.radians(latitude)))


def _frame(points: Sequence[Point]) -> _Frame:
    """What shows all points; a single one is shown in its country."""
    if len(set(points)) < 2:
        south, west, north, east = GERMANY
        points = [*points, project(south, west), project(north, east)]
    columns, rows = zip(*points, strict=True)
    wide = max(max(columns) - min(columns), NARROWEST / 360)
    high = max(rows) - min(rows)
    usable = 1 - 2 * MARGIN
    scale = min(WIDTH * usable / wide, HEIGHT * usable / high if high else math.inf)
    return _Frame(
        left=(min(columns) + max(columns)) / 2 - WIDTH / scale / 2,
        top=(min(rows) + max(rows)) / 2 - HEIGHT / scale / 2,
        scale=scale,
    )


def _sparse(line: Sequence[Pixel]) -> list[Pixel]:
    """Without steps too small to see."""
    kept = [line[0]]
    for at, pixel in enumerate(line[1:], 2):
        if math.dist(pixel, kept[-1]) >= 3 or at == len(line):
            kept.append(pixel)
    return kept


def _seen(line: Sequence[Pixel]) -> Iterator[list[Pixel]]:
    """The stretches of a line whose steps touch the drawing."""
    part: list[Pixel] = []
    for before, after in pairwise(line):
        if _touches(before, after):
            part = [*(part or [before]), after]
        elif part:
            yield part
            part = []
    if part:
        yield part


def _touches(one: Pixel, other: Pixel) -> bool:
    return all(
        min(a, b) <= size and max(a, b) >= 0
        for a, b, size in zip(one, other, (WIDTH, HEIGHT), strict=True)
    )


def _cut(ring: list[Pixel]) -> list[Pixel]:
    """The part of an area within the drawing (Sutherland and Hodgman, CACM 17/1, 1974)."""
    edges = (
        (0, WIDTH + OUTSIDE, 1),
        (0, -OUTSIDE, -1),
        (1, HEIGHT + OUTSIDE, 1),
        (1, -OUTSIDE, -1),
    )
    for axis, edge, sign in edges:
        kept: list[Pixel] = []
        for before, after in zip(ring[-1:] + ring[:-1], ring, strict=True):
            was_in, is_in = (sign * pixel[axis] <= sign * edge for pixel in (before, after))
            if was_in != is_in:
                kept.append(_crossing(before, after, axis, edge))
            if is_in:
                kept.append(after)
        ring = kept
    return ring


def _crossing(before: Pixel, after: Pixel, axis: int, edge: int) -> Pixel:
    share = (edge - before[axis]) / (after[axis] - before[axis])
    other = round(before[1 - axis] + share * (after[1 - axis] - before[1 - axis]))
    return (edge, other) if axis == 0 else (other, edge)


def _path(line: Sequence[Pixel]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in line)


def _step(frame: _Frame) -> float:
    """A round number of kilometres (1, 2, 5, 10 …) that gives about as many squares as wanted."""
    wanted = WIDTH / frame.units_a_km() / SQUARES
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(power * factor for factor in (5, 2, 1) if power * factor <= wanted)
    return int(step) if step >= 1 else step


@cache
def _outline() -> dict[str, list[list[Point]]]:
    """Borders and coasts as they stand in the file, on the flat map."""
    stored = json.loads((find_root() / "static" / OUTLINE).read_text(encoding="utf-8"))
    return {
        name: [[project(*position) for position in line] for line in stored[name]]
        for name in ("country", "around")
    }
