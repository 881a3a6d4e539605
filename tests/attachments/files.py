"""Files as people send them, honest ones and others."""

from __future__ import annotations

import struct
import zipfile
import zlib
from functools import cache
from io import BytesIO

from PIL import Image

ALT = "Zehn Leute pflanzen einen Baum neben dem Rathaus"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
CSV = "Ort;Bänke\nLindfurt;12\nAuental;3\n".encode()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
_TYPES = "application/vnd.openxmlformats-officedocument."


def picture(kind: str = "JPEG", size: tuple[int, int] = (900, 600), colour: str = "red") -> bytes:
    target = BytesIO()
    Image.new("RGB", size, colour).save(target, kind)
    return target.getvalue()


def archive(parts: dict[str, bytes | str], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", packing) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return target.getvalue()


def odt(**more: bytes | str) -> bytes:
    label = "application/vnd.oasis.opendocument.text"
    return archive(
        {"mimetype": label, "content.xml": "<office/>", "META-INF/manifest.xml": ""} | more
    )


def office(main: str, name: str, **more: bytes | str) -> bytes:
    types = (
        '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="x">'
        f'<Override PartName="/{name}" ContentType="{main}"/></Types>'
    )
    return archive({"[Content_Types].xml": types, "_rels/.rels": "", name: "<x/>"} | more)


def docx(**more: bytes | str) -> bytes:
    return office(f"{_TYPES}wordprocessingml.document.main+xml", "word/document.xml", **more)


def xlsx(**more: bytes | str) -> bytes:
    return office(f"{_TYPES}spreadsheetml.sheet.main+xml", "xl/workbook.xml", **more)


def docm() -> bytes:
    main = "application/vnd.ms-word.document.macroEnabled.main+xml"
    return office(main, "word/document.xml", **{"word/vbaProject.bin": b"x"})


@cache
def zip_bomb() -> bytes:
    """42 KB that become 400 MB."""
    return docx(**{f"word/media/{n}.bin": bytes(40_000_000) for n in range(10)})


def zip_that_lies() -> bytes:
    """Its list says that a part is small."""
    data = bytearray(docx(**{"word/large.xml": bytes(50_000_000)}))
    place = data.rindex(b"word/large.xml") - 46
    data[place + 24 : place + 28] = struct.pack("<I", 10)
    return bytes(data)


def zip_of_many() -> bytes:
    return docx(**{f"word/{n}": b"" for n in range(5000)})


def zip_in_itself() -> bytes:
    """Two entries of the list share the same bytes, as in bombs without nesting."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as file:
        file.writestr("word/document.xml", bytes(100_000))
        entry = file.filelist[0]
        for n in range(30):
            twin = zipfile.ZipInfo(f"word/{n}.xml")
            for name in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
                setattr(twin, name, getattr(entry, name))
            file.filelist.append(twin)
            file.NameToInfo[twin.filename] = twin
    return target.getvalue()


@cache
def picture_bomb(side: int = 20_000) -> bytes:
    """48 KB that say they are 400 million pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    line = b"\x00" * (1 + side // 8)
    body = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@cache
def large_picture(megabytes: int = 12) -> bytes:
    """A picture of honest noise: as many bytes as said, and a few more."""
    side = int((megabytes * 1_060_000 / 2.86) ** 0.5)
    target = BytesIO()
    noise = [Image.effect_noise((side, side), 100) for _ in range(3)]
    Image.merge("RGB", noise).save(target, "PNG", compress_level=1)
    return target.getvalue()
