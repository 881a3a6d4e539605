"""Pictures: only pixels pass, in three sizes, and nobody's memory is filled by a small file."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from civic.core import pictures
from civic.core.errors import RuleBroken
from civic.core.pictures import encode, widths_of
from tests.attachments.files import picture_bomb


def file(kind: str = "JPEG", size: tuple[int, int] = (2000, 1000), mode="RGB", **more) -> bytes:
    target = BytesIO()
    Image.new(mode, size).save(target, kind, **more)
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=("WEBP",))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_three_sizes_as_webp(kind):
    made = encode(file(kind))
    assert sorted(made.sizes) == [320, 800, 1600]
    assert [opened(made.sizes[w]).size for w in (320, 800, 1600)] == [
        (320, 160), (800, 400), (1600, 800)
    ]  # fmt: skip
    assert (made.width, made.height) == (1600, 800)
    assert made.largest == made.sizes[1600]


@pytest.mark.parametrize(
    ("width", "kept"),
    [(1, [1]), (320, [320]), (321, [320, 321]), (900, [320, 800, 900]), (1600, [320, 800, 1600])],
)
def test_nothing_is_made_larger_than_it_is(width, kept):
    assert sorted(encode(file(size=(width, 10))).sizes) == kept == widths_of(width)


def test_a_logo_has_sizes_of_its_own():
    assert sorted(encode(file("PNG"), (96, 192)).sizes) == [96, 192]


def test_a_very_tall_picture_still_fits_webp():
    made = encode(file("PNG", (1000, 20_000)))
    assert (made.width, made.height) == (800, 16_000)
    assert opened(made.largest).size == (800, 16_000)
    assert sorted(made.sizes) == [320, 800]


def with_secrets(kind: str) -> bytes:
    """A picture that tells where it was taken and by whom."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 20.0, 7.0)
    exif.get_ifd(0x8825)[29] = "SECRETPLACE"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more: dict[str, object] = {"exif": exif.tobytes(), "icc_profile": profile}
    if kind == "JPEG":
        more |= {"comment": b"SECRETCOMMENT", "xmp": b"<x>SECRETXMP</x>"}
    elif kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "SECRETCOMMENT")
        text.add_itxt("XML:com.adobe.xmp", "<x>SECRETXMP</x>")
        more["pnginfo"] = text
    else:
        more["xmp"] = b"<x>SECRETXMP</x>"
    return file(kind, **more)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_the_camera_noted_is_gone(kind):
    data = with_secrets(kind)
    assert b"SECRETCAMERA" in data
    for made in encode(data).sizes.values():
        assert b"SECRET" not in made
        assert not any(chunk in made for chunk in (b"EXIF", b"XMP ", b"ICCP"))
        assert not opened(made).getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & opened(made).info.keys()


def test_what_hangs_behind_the_picture_is_gone():
    made = encode(file() + b"PK\x03\x04<script>SECRET</script>")
    assert all(b"SECRET" not in each for each in made.sizes.values())


@pytest.mark.parametrize("note", range(1, 9))
def test_a_picture_stands_upright_however_the_camera_was_held(note):
    upright = Image.new("RGB", (400, 200))
    upright.paste((255, 0, 0), (0, 0, 200, 100))  # the upper left quarter is red
    undone = dict(pictures.TURNS)
    undone[6], undone[8] = undone[8], undone[6]
    lying = upright if note == 1 else upright.transpose(undone[note])
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = note
    target = BytesIO()
    lying.save(target, "PNG", exif=exif.tobytes())
    made = opened(encode(target.getvalue()).largest)
    assert made.size == (400, 200)
    red, *others = (made.getpixel(at) for at in ((50, 50), (350, 50), (50, 150), (350, 150)))
    assert red[0] > 200
    assert all(each[0] < 60 for each in others)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixels_is_shown(mode):
    made = opened(encode(file("PNG", (40, 30), mode)).largest)
    assert made.size == (40, 30)


def test_sixteen_bits_of_grey_stay_grey():
    target = BytesIO()
    Image.new("I;16", (20, 20), 0x8000).save(target, "PNG")
    red = opened(encode(target.getvalue()).largest).getpixel((10, 10))[0]
    assert 120 <= red <= 136


def test_what_is_transparent_stays_so():
    made = opened(encode(file("PNG", (40, 30), "RGBA")).largest)
    assert made.mode == "RGBA"
    assert made.getpixel((5, 5))[3] == 0


def test_the_colours_of_print_are_read():
    assert opened(encode(file("JPEG", (40, 30), "CMYK")).largest).mode == "RGB"


def test_of_a_moving_picture_the_first_one_is_kept():
    target = BytesIO()
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue")]
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    made = opened(encode(target.getvalue()).largest)
    assert getattr(made, "n_frames", 1) == 1
    assert made.convert("RGB").getpixel((9, 9))[0] > 200


# -- refusals --------------------------------------------------------------------------------


def refused(data: bytes) -> str:
    with pytest.raises(RuleBroken) as broken:
        encode(data, field="photo")
    assert broken.value.field == "photo"
    return broken.value.message


@pytest.mark.parametrize("side", [6400, 8000, 20_000])
def test_a_bomb_is_not_unpacked(side, monkeypatch):
    monkeypatch.setattr(Image.Image, "convert", None)
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", None)
    assert "40 million" in refused(picture_bomb(side))


def test_so_many_pixels_are_just_allowed():
    assert pictures.MOST_PIXELS == 40_000_000 == Image.MAX_IMAGE_PIXELS
    assert encode(picture_bomb(6320)).width == 1600


def test_an_empty_file_is_called_empty():
    assert "empty" in refused(b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "data",
    [SVG, b"<?xml version='1.0'?>" + SVG, b"GIF89a" + bytes(40), b"BM" + bytes(60), b"%PDF-1.7\n",
     b"PK\x03\x04" + bytes(60), b"<html><script>x</script>", b"\x00\x00\x00 ftypheic" + bytes(40),
     b"\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP", bytes(1000)],
)  # fmt: skip
def test_what_is_no_picture_of_ours_is_refused(data):
    assert "JPEG, PNG or WebP" in refused(data)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "ICO", "JPEG2000"])
def test_other_formats_are_refused_whatever_they_are_called(kind):
    assert "JPEG, PNG or WebP" in refused(file(kind, (64, 64)))


@pytest.mark.parametrize(
    ("kind", "words"), [("JPEG", "damaged"), ("PNG", "damaged"), ("WEBP", "no picture")]
)
def test_half_a_picture_is_refused(kind, words):
    noise = Image.effect_noise((300, 300), 80).convert("RGB")
    target = BytesIO()
    noise.save(target, kind)
    assert words in refused(target.getvalue()[: len(target.getvalue()) // 2])


def test_a_broken_note_of_the_camera_does_no_harm():
    data = file("PNG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff" + bytes(20))
    assert encode(data).width == 1600


def test_only_one_picture_at_a_time_fills_the_memory(monkeypatch):
    monkeypatch.setattr(pictures, "PATIENCE", 0.01)
    with pictures._turn:
        assert "try again" in refused(file())
    assert encode(file()).width == 1600


def progressive(passes: int) -> bytes:
    """A picture whose last pass comes again and again."""
    data = file(size=(300, 200), progressive=True)
    begin = data.rindex(b"\xff\xda")
    return data[:-2] + data[begin:-2] * (passes - data.count(b"\xff\xda")) + b"\xff\xd9"


def test_a_picture_of_endless_passes_is_not_opened(monkeypatch):
    assert encode(progressive(60)).width == 300
    bombs = progressive(61), b"\xff\xd8" + b"\xff\xe0\x00\x02" * 10_000
    monkeypatch.setattr(Image, "open", None)
    for bomb in bombs:
        assert "far too long" in refused(bomb)


def test_what_only_looks_like_a_pass_is_none():
    marks = b"\xff\xda\x00\x02" * 100
    assert encode(file(comment=marks)).width == 1600  # in a note of the camera
    assert encode(file() + marks).width == 1600  # in a film that hangs behind the picture
