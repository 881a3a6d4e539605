"""Pictures of the demo, drawn when they are needed: ink on paper, and one light.

Each scene is drawn at twice its size and made small, so that its edges are smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from civic.demo.service.palette import (
    INK,
    LIGHT,
    NIGHT,
    PALE,
    PAPER,
    PLUM,
    SAND,
    SOFT,
    WHITE,
)

SIZE = (800, 500)
LOGO = (256, 256)
FINE = 2

Point = tuple[float, float]


class Sheet:
    """A sheet of paper in the coordinates of the finished picture."""

    def __init__(self, size: tuple[int, int], ground: str) -> None:
        self.size = size
        self.image = Image.new("RGB", (size[0] * FINE, size[1] * FINE), ground)
        self.pen = ImageDraw.Draw(self.image)

    def area(self, points: Sequence[Point], fill: str) -> None:
        """A shape with corners."""
        self.pen.polygon([(x * FINE, y * FINE) for x, y in points], fill=fill)

    def box(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        self.area([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill)

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        corners = (x - radius, y - radius, x + radius, y + radius)
        self.pen.ellipse([corner * FINE for corner in corners], fill=fill)

    def line(self, points: Sequence[Point], fill: str = INK, width: float = 4) -> None:
        places = [(x * FINE, y * FINE) for x, y in points]
        self.pen.line(places, fill=fill, width=round(width * FINE), joint="curve")

    def png(self) -> bytes:
        target = BytesIO()
        small = self.image.resize(self.size, Image.Resampling.BOX)
        small.save(target, "PNG", compress_level=1)
        return target.getvalue()


def scene(name: str) -> bytes:
    """A picture for news, as PNG."""
    ground, draw = SCENES[name]
    sheet = Sheet(SIZE, ground)
    draw(sheet)
    return sheet.png()


def logo(name: str) -> bytes:
    """A square sign for an organisation, as PNG."""
    sheet = Sheet(LOGO, PAPER)
    LOGOS[name](sheet)
    return sheet.png()


# -- scenes ----------------------------------------------------------------------------------


def _shop(sheet: Sheet) -> None:
    """The village shop in the evening, its window lit, a table in front of it."""
    sheet.box(0, 390, 800, 110, SAND)
    sheet.area([(130, 170), (400, 70), (670, 170)], PLUM)
    sheet.box(160, 170, 480, 220, WHITE)
    sheet.box(200, 215, 250, 120, INK)
    sheet.box(208, 223, 234, 104, LIGHT)
    sheet.line([(325, 223), (325, 327)])
    sheet.box(510, 225, 90, 165, INK)
    sheet.dot(588, 310, 5, LIGHT)
    for number in range(6):
        colour = PLUM if number % 2 else PALE
        sheet.box(190 + number * 45, 190, 45, 25, colour)
    _table(sheet, 330, 400)


def _table(sheet: Sheet, x: float, y: float) -> None:
    sheet.box(x, y, 150, 9, INK)
    for foot in (x + 18, x + 128):
        sheet.line([(foot, y), (foot, y + 60)])
    for back, turn in ((x - 45, 1), (x + 195, -1)):
        sheet.line([(back, y - 40), (back, y + 60)])
        sheet.line([(back, y + 15), (back + 35 * turn, y + 15), (back + 35 * turn, y + 60)])


def _brook(sheet: Sheet) -> None:
    """A stone bridge over a brook; a small instrument hangs on its pier."""
    sheet.box(0, 300, 800, 200, SAND)
    sheet.area([(0, 500), (120, 330), (680, 330), (800, 500)], PALE)
    for number, y in enumerate((370, 405, 440, 475)):
        start = 150 + number * 34 % 90
        for x in range(start, 640, 150):
            sheet.line([(x, y), (x + 35, y - 8), (x + 70, y)], SOFT, 3)
    sheet.area([(60, 220), (400, 160), (740, 220), (740, 265), (60, 265)], INK)
    for x in (120, 400, 640):
        sheet.box(x - 28, 250, 56, 120, INK)
    sheet.box(412, 275, 44, 60, WHITE)
    sheet.line([(412, 275), (456, 275), (456, 335), (412, 335), (412, 275)], PLUM)
    sheet.dot(434, 292, 7, LIGHT)
    sheet.line([(434, 335), (434, 385)], INK, 3)


def _lindens(sheet: Sheet) -> None:
    """Three lindens; beside each a rod with an aerial stands in the ground."""
    sheet.box(0, 380, 800, 120, SAND)
    sheet.line([(0, 380), (800, 380)], SOFT)
    for x, size in ((150, 84), (400, 108), (650, 92)):
        sheet.box(x - 9, 380 - size * 1.5, 18, size * 1.5, INK)
        for shift, up, part in ((-0.55, 1.75, 0.75), (0.55, 1.75, 0.75), (0, 2.3, 0.95)):
            sheet.dot(x + shift * size, 390 - up * size, part * size, PALE)
        sheet.dot(x, 390 - 1.8 * size, 0.7 * size, SOFT)
        sheet.line([(x + 62, 330), (x + 62, 410)], PLUM, 7)
        sheet.line([(x + 62, 330), (x + 76, 304)], PLUM, 3)
        sheet.dot(x + 62, 346, 5, LIGHT)


def _bench(sheet: Sheet) -> None:
    """A bench at a village road, beside it a board with an arrow."""
    sheet.area([(0, 500), (0, 430), (800, 380), (800, 500)], PALE)
    sheet.line([(0, 470), (800, 425)], WHITE, 6)
    for y in (250, 285, 330):
        sheet.box(140, y, 330, 20, PLUM)
    for x in (165, 440):
        sheet.line([(x, 245), (x, 400)], INK, 8)
    sheet.line([(600, 130), (600, 395)], INK, 8)
    sheet.box(530, 120, 150, 90, INK)
    sheet.line([(555, 165), (645, 165)], LIGHT, 8)
    sheet.area([(640, 142), (668, 165), (640, 188)], LIGHT)
    sheet.dot(600, 255, 15, INK)
    sheet.dot(600, 255, 8, PAPER)


def _library(sheet: Sheet) -> None:
    """The library at night: three high windows are lit, the square before it is dark."""
    sheet.dot(690, 80, 26, PAPER)
    sheet.dot(680, 74, 24, NIGHT)
    sheet.box(120, 150, 560, 250, SOFT)
    sheet.area([(100, 150), (400, 70), (700, 150)], INK)
    for x in (190, 355, 520):
        sheet.box(x, 190, 90, 150, LIGHT)
        sheet.line([(x + 45, 190), (x + 45, 340)], INK)
        sheet.line([(x, 240), (x + 90, 240)], INK)
    sheet.box(365, 350, 70, 50, INK)
    for number in range(3):
        sheet.box(330 - number * 22, 400 + number * 14, 140 + number * 44, 14, PALE)


def _ramp(sheet: Sheet) -> None:
    """Three steps before a door, over them a ramp with a rail."""
    sheet.box(0, 400, 800, 100, SAND)
    sheet.box(430, 60, 370, 340, WHITE)
    sheet.box(560, 120, 130, 190, PLUM)
    sheet.dot(672, 220, 7, LIGHT)
    for number in range(3):
        sheet.box(500 - number * 40, 310 + number * 30, 300 + number * 40, 30, PALE)
        sheet.line([(500 - number * 40, 310 + number * 30), (800, 310 + number * 30)], INK, 3)
    sheet.area([(90, 400), (520, 306), (520, 322), (160, 402)], INK)
    for x in range(150, 521, 90):
        foot = 400 - (x - 90) * 94 / 430
        sheet.line([(x, foot), (x, foot - 80)], INK, 5)
    sheet.line([(150, 307), (520, 226)], INK, 6)


def _fire_station(sheet: Sheet) -> None:
    """The fire station with two gates; beside its door hangs a case with a heart."""
    sheet.box(0, 400, 800, 100, SAND)
    sheet.area([(80, 160), (400, 60), (720, 160)], INK)
    sheet.box(110, 160, 580, 240, WHITE)
    for x in (140, 330):
        sheet.box(x, 210, 160, 190, PLUM)
        for y in range(235, 400, 36):
            sheet.line([(x, y), (x + 160, y)], SOFT, 3)
    sheet.box(525, 240, 70, 160, INK)
    sheet.box(620, 250, 50, 60, LIGHT)
    sheet.line([(620, 250), (670, 250), (670, 310), (620, 310), (620, 250)], INK, 3)
    for x in (638, 652):
        sheet.dot(x, 274, 8, INK)
    sheet.area([(631, 278), (659, 278), (645, 298)], INK)


SCENES: dict[str, tuple[str, Callable[[Sheet], None]]] = {
    "dorfladen": (PALE, _shop),
    "bach": (PAPER, _brook),
    "linden": (PAPER, _lindens),
    "bank": (PAPER, _bench),
    "buecherei": (NIGHT, _library),
    "rampe": (PAPER, _ramp),
    "feuerwehrhaus": (PALE, _fire_station),
}


# -- signs of organisations ------------------------------------------------------------------


def _books(sheet: Sheet) -> None:
    for number, (height, colour) in enumerate(((130, PLUM), (160, INK), (115, SOFT))):
        sheet.box(58 + number * 50, 206 - height, 40, height, colour)
    sheet.line([(40, 210), (216, 210)], INK, 8)
    sheet.dot(78, 100, 7, LIGHT)


def _stall(sheet: Sheet) -> None:
    for number in range(4):
        sheet.box(40 + number * 44, 62, 44, 46, PLUM if number % 2 else PALE)
    sheet.box(52, 108, 152, 100, INK)
    sheet.box(70, 126, 70, 50, LIGHT)


def _leaf(sheet: Sheet) -> None:
    sheet.area([(128, 28), (206, 106), (196, 176), (128, 206), (60, 176), (50, 106)], PLUM)
    sheet.line([(128, 52), (128, 238)], PAPER, 6)
    for y in (100, 140):
        sheet.line([(84, y - 20), (128, y + 16), (172, y - 20)], PAPER, 5)


LOGOS: dict[str, Callable[[Sheet], None]] = {
    "buecher": _books,
    "laden": _stall,
    "linde": _leaf,
}
