"""Pictures as people upload them, and as those do who mean harm."""

import io
import struct
import zlib
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

STATIC = Path(__file__).parents[3] / "packbench/web/static/web"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def picture(width=300, height=100, kind="PNG", color=(20, 90, 160), **options):
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, kind, **options)
    return file.getvalue()


def noise(width=600, height=200, kind="PNG"):
    file = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(file, kind)
    return file.getvalue()


def bomb(width, height):
    """A PNG of some bytes that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def with_text_bomb():
    """A PNG with a compressed text that takes 80 MB once it is unpacked."""
    whole = picture()
    return whole[:33] + _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000))) + whole[33:]


def webp_bomb():
    """A WebP of some bytes that says it is as large as they come."""
    most = 16383 - 1
    body = b"\x2f" + struct.pack("<I", most | most << 14) + bytes(20)
    chunk = b"WEBPVP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk)) + chunk


def upload(content, name="logo.png"):
    return SimpleUploadedFile(name, content, "image/png")


def _chunk(name, data):
    whole = name + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))
