"""Looking for a marker in bytes of any kind: in twelve encodings, compressed streams opened."""

import base64
import mmap
import re
import zlib

COMPRESSED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04")
IN_PDF = re.compile(rb"stream\r?\n([!-u\sz]{20,}?)~>")
LONGEST = 4 << 20  # bytes of a stream that are looked into
FEW = 96  # bytes that tell whether a stream is one


def encodings(text):
    """The text as it may stand in a file, by the encoding's name."""
    raw = text.encode()
    forms = {
        "utf-8": raw,
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "latin-1": text.encode("latin-1"),
        "hex": raw.hex().encode(),
        "url": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "json": "".join(f"\\u{ord(letter):04x}" for letter in text).encode(),
        "html": "".join(f"&#{ord(letter)};" for letter in text).encode(),
    }
    for offset in range(3):
        forms[f"base64 at {offset}"] = _stable_base64(raw, offset)
    return forms


def found_in(content, texts, *, depth=2):
    """The names of the encodings in which any of the texts is there."""
    found = {
        name
        for text in texts
        for name, form in encodings(text).items()
        if content.find(form) >= 0 or (name == "hex" and content.find(form.upper()) >= 0)
    }
    if depth:
        for stream in _streams(content):
            found |= {f"{name}, compressed" for name in found_in(stream, texts, depth=depth - 1)}
    return found


def found_in_files(paths, texts):
    """The same for files, by path; only those in which something is."""
    hits = {}
    for path in paths:
        with open(path, "rb") as file:
            if not path.stat().st_size:
                continue
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                if names := found_in(content, texts):
                    hits[str(path)] = sorted(names)
    return hits


def numbers_in_files(paths, mark, digits):
    """The numbers that stand behind the mark, in clear."""
    pattern, numbers = re.compile(re.escape(mark.encode()) + rb"(\d{%d})" % digits), set()
    for path in paths:
        numbers |= {int(number) for number in pattern.findall(path.read_bytes())}
    return numbers


def _stable_base64(raw, offset):
    """What the text becomes wherever it stands in what is encoded: without its two ends."""
    encoded = base64.b64encode(b"\0" * offset + raw)
    first = -(-offset * 8 // 6)
    return encoded[first : (offset + len(raw)) * 8 // 6]


def _streams(content):
    for match in COMPRESSED.finditer(content):
        yield from _opened(content, match.start(), is_zip=match.group().startswith(b"PK"))
    for match in IN_PDF.finditer(content):
        try:
            yield zlib.decompress(base64.a85decode(match.group(1)))
        except (ValueError, zlib.error):
            continue


def _opened(content, start, *, is_zip):
    if is_zip:
        names = int.from_bytes(content[start + 26 : start + 28], "little")
        extra = int.from_bytes(content[start + 28 : start + 30], "little")
        start += 30 + names + extra
    bits = -15 if is_zip else 47
    try:
        zlib.decompressobj(bits).decompress(content[start : start + FEW])
        opened = zlib.decompressobj(bits).decompress(content[start : start + LONGEST], LONGEST)
    except zlib.error:
        return
    if len(opened) > FEW:
        yield opened
