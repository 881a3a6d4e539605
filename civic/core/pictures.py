"""Pictures that people send: read, turned upright, made small, and written anew as WebP.

What was in the file beside the picture (place, device, comments, hidden programs) does not pass,
for only the pixels are taken over. Colours are taken as they are: a profile is not applied.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from civic.core.errors import RuleBroken
from civic.core.language import N_
from civic.core.logs import log

#: By content; a name or a header of the browser proves nothing.
FORMATS = ("JPEG", "PNG", "WEBP")
#: As in the attribute `accept` of a field.
ACCEPT = "image/jpeg,image/png,image/webp"
MEDIA_TYPE = "image/webp"
#: Widths in which a picture on a page is kept; none is larger than the picture itself.
WIDTHS = (320, 800, 1600)
#: More are refused before one of them is unpacked: a file of 48 KB can hold 400 million.
MOST_PIXELS = 40_000_000
#: WebP knows no longer side than 16,383.
LONGEST_SIDE = 16_000
#: A progressive JPEG comes in about ten passes. A file of 10 MB can ask for 150,000 of them over
#: millions of pixels, which is hours of work.
MOST_PASSES = 60
#: Parts of any kind; those of a camera are some dozens.
MOST_PARTS = 5000
#: What divides a JPEG (ITU T.81, B.1): anything after 0xFF but padding and restarts.
MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])")
JPEG, PASS, END = b"\xff\xd8", b"\xda", b"\xd9"
QUALITY = 82
#: Seconds to wait for one's turn: one picture at a time fits into the memory of a process.
PATIENCE = 20

#: How cameras note that they were not held upright (EXIF 2.32, 4.6.4), and what undoes it.
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ON_ITS_SIDE = frozenset(TURNS[note] for note in (5, 6, 7, 8))

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
_turn = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A picture in its sizes, each a WebP without anything but pixels."""

    #: Of the largest size.
    width: int
    height: int
    #: Width in pixels -> bytes.
    sizes: dict[int, bytes]

    @property
    def largest(self) -> bytes:
        return self.sizes[self.width]


def widths_of(width: int, widths: Sequence[int] = WIDTHS) -> list[int]:
    """The widths in which a picture is kept whose largest one is `width`, the smallest first."""
    return [*sorted(each for each in widths if each < width), width]


def encode(data: bytes, widths: Sequence[int] = WIDTHS, *, field: str = "file") -> Picture:
    """Write a JPEG, PNG or WebP anew in these widths, and none larger than it is.

    Raises `RuleBroken` for `field` when it is no picture, is damaged or has too many pixels.
    """
    with _one_at_a_time(field):
        image = _opened(data, field)
        turn = _turned(image)
        sides = image.size[::-1] if turn in ON_ITS_SIDE else image.size
        largest = _largest(*sides, max(widths))
        upright = _unpacked(image, largest, field)
        if turn is not None:
            upright = upright.transpose(turn)
        sizes = {}
        for width in reversed(widths_of(largest, widths)):
            upright = _resized(upright, width, sides)
            sizes[width] = _written(upright)
    return Picture(largest, _height(largest, sides), sizes)


@contextmanager
def _one_at_a_time(field: str) -> Iterator[None]:
    if not _turn.acquire(timeout=PATIENCE):
        raise RuleBroken(
            N_("Many pictures are coming in just now. Please try again in a minute."), field
        )
    try:
        yield
    finally:
        _turn.release()


def _opened(data: bytes, field: str) -> Image.Image:
    """The picture as its header describes it; no pixel is unpacked yet."""
    if not data:
        raise RuleBroken(N_("The file is empty. Please choose the picture once more."), field)
    if _passes(data) > MOST_PASSES:
        raise RuleBroken(
            N_("This picture takes far too long to open. Please save it anew, or choose another."),
            field,
        )
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_large(field) from bomb
    except Exception as fault:  # a reader of foreign bytes fails in any way it likes
        raise RuleBroken(
            N_("This is no picture that we can show. Please choose a JPEG, PNG or WebP file."),
            field,
        ) from fault
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(field)
    return image


def _passes(data: bytes) -> int:
    """How often a JPEG goes over its pixels, counted as far as it matters; 0 of other pictures."""
    if not data.startswith(JPEG):
        return 0
    number, at = 0, len(JPEG)
    for _ in range(MOST_PARTS):
        found = MARKER.search(data, at)
        if found is None or found[1] == END or number > MOST_PASSES:
            return number
        number += found[1] == PASS
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2])
    return MOST_PASSES + 1


def _too_large(field: str) -> RuleBroken:
    return RuleBroken(
        N_("This picture has more than 40 million pixels. Please make it smaller first."), field
    )


def _turned(image: Image.Image) -> Image.Transpose | None:
    """What makes the picture upright; nothing where the camera did not say how it was held."""
    try:
        return TURNS.get(int(image.getexif().get(ORIENTATION, 1)))
    except Exception:  # noqa: BLE001 - as above; a damaged note says nothing
        return None


def _largest(width: int, height: int, most: int) -> int:
    """The largest width to make: not above `most`, nor above the picture, nor too tall for WebP."""
    return max(1, min(width, most, width * LONGEST_SIDE // height))


def _height(width: int, sides: tuple[int, int]) -> int:
    return max(1, round(sides[1] * width / sides[0]))


def _unpacked(image: Image.Image, width: int, field: str) -> Image.Image:
    """The pixels in the colours of a screen; a JPEG is unpacked no larger than needed."""
    try:
        image.draft("RGB", (width, width))
        image.load()
        if image.mode.startswith("I;16"):  # straight to RGB, all but black would become white
            image = image.convert("I").point(lambda value: value / 256).convert("L")
        mode = "RGBA" if image.has_transparency_data else "RGB"
        plain = (
            image if image.mode == mode else image.convert(mode)
        )  # no copy of 160 MB for nothing
    except Exception as fault:
        log.info("picture could not be read", error=type(fault).__name__)
        raise RuleBroken(
            N_("This picture is damaged. Please save it anew, or choose another one."), field
        ) from fault
    plain.info = {}
    return plain


def _resized(image: Image.Image, width: int, sides: tuple[int, int]) -> Image.Image:
    size = (width, _height(width, sides))
    if size == image.size:
        return image.copy()  # pixels alone, and not the file they were read from
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _written(image: Image.Image) -> bytes:
    target = BytesIO()
    image.save(target, "WEBP", quality=QUALITY, method=4)
    return target.getvalue()
