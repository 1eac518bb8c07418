"""Archives that are made to harm, out of seeds: what is in each, and what may become of it."""

import io
import json
import random
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass

from PIL import Image

MIB = 1024 * 1024
READ = "read"
KINDS = {}


@dataclass(frozen=True)
class Attack:
    """An archive and its allowed ends: codes of refusal, or READ. `left_out` must be among them."""

    kind: str
    content: bytes
    ends: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def attack(number, outside):
    """The attack of this number. `outside` is a folder that nothing may be written to."""
    names = list(KINDS)
    dice = random.Random(number)
    name = names[number % len(names)]
    return KINDS[name](dice, str(outside))


def kind(*ends, left_out=()):
    def wrap(make):
        def made(dice, outside):
            content = make(dice, outside)
            return Attack(make.__name__, content, ends, left_out)

        KINDS[make.__name__] = made
        return make

    return wrap


def document(text="Anna", images=()):
    leaves = [{"type": "TextCustomization", "label": "Name", "inputValue": text}]
    leaves += [
        {"type": "ImageCustomization", "label": "Photo", "image": {"imageName": name}}
        for name in images
    ]
    return json.dumps(
        {"customizationData": {"type": "PageContainerCustomization", "children": leaves}}
    )


def packed(*files, method=zipfile.ZIP_DEFLATED, has_document=True):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        if has_document:
            archive.writestr("1.json", document(images=[name for name, _ in files]))
        for name, content in files:
            archive.writestr(name, content)
    return written.getvalue()


def picture(dice, side=64, format="PNG"):
    written = io.BytesIO()
    Image.frombytes("RGB", (side, side), dice.randbytes(3 * side * side)).save(written, format)
    return written.getvalue()


def png(width, height, rows=b"", *, before=(), bits=8, color=2):
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    chunks = ((b"IHDR", header), *before, (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def entry(name, mode=0):
    info = zipfile.ZipInfo("x")
    info.filename = name  # as it is: the constructor would mend it
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


@kind("archive_bomb")
def bomb(dice, outside):
    """Within every cap of size, but blown up a thousandfold."""
    return packed(("photo.jpg", bytes(dice.randint(2, 19) * MIB)))


@kind("archive_bomb")
def many_bombs(dice, outside):
    return packed(*((f"{n}.png", bytes(MIB + n)) for n in range(dice.randint(20, 90))))


@kind("archive_bomb")
def bomb_in_json(dice, outside):
    return packed(("2.json", b" " * dice.randint(2, 18) * MIB))


@kind("archive_nested")
def nested_bomb(dice, outside):
    inner = bytes(8 * MIB)
    for _ in range(dice.randint(1, 5)):
        inner = packed((f"{dice.random()}.zip", inner), has_document=False)
    return packed((dice.choice(["a.zip", "photo.jpg", "2.json"]), inner))


@kind("archive_nested")
def nested_otherwise(dice, outside):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../x"))
    heads = [b"\x1f\x8b\x08", b"BZh9", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\xfd7zXZ\x00"]
    inner = dice.choice([tar.getvalue(), *(head + dice.randbytes(200) for head in heads)])
    return packed(("photo.png", inner))


@kind("archive_names")
def traversal(dice, outside):
    up = "../" * dice.randint(1, 12)
    beside = f"../../{outside.rpartition('/')[2]}/x"  # of a scratch folder of the test
    others = [f"{up}{outside[1:]}/x", f"a/{up}x.json", "..\\..\\x", f"{up}tmp/x", ".."]
    name = dice.choice([beside, beside, *others])
    return _named(name)


@kind("archive_names")
def absolute(dice, outside):
    names = [
        f"{outside}/x",
        f"{outside}/y",
        "/etc/cron.d/x",
        "C:\\Windows\\x",
        "\\\\host\\share\\x",
        "//x",
    ]
    return _named(dice.choice(names))


@kind("archive_names", "archive_damaged", READ)
def odd_names(dice, outside):
    name = dice.choice(["a\0b.json", "a\nb.png", "\x1b[31m.png", "NUL", "con.json", "a" * 4000])
    return _named(name)


def _named(name):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("1.json", document())
        archive.writestr(entry(name), b"written outside")
    return written.getvalue()


@kind("archive_names")
def symlink(dice, outside):
    target = dice.choice([outside, "/etc/passwd", "../../..", "1.json"])
    mode = dice.choice([0o120777, 0o020666, 0o010666, 0o060666])  # a link, devices, a pipe
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("1.json", document())
        archive.writestr(entry("photo.png", mode), target)
    return written.getvalue()


@kind(READ, left_out=("svg",))
def svg(dice, outside):
    body = dice.choice(
        [
            "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>",
            "<svg onload='fetch(`http://127.0.0.1`)'/>",
            "<svg><image href='http://169.254.169.254/'/></svg>",
        ]
    )
    return packed((dice.choice(["photo.svg", "photo.png", "photo.jpg"]), body))


@kind("archive_damaged", "archive_bomb", "archive_crowded", READ)
def lying_sizes(dice, outside):
    content = bytearray(packed(("photo.png", picture(dice)), ("b.png", bytes(200_000))))
    for place in _places(content, b"PK\x01\x02"):
        at = place + dice.choice([20, 24])  # compressed and plain size
        struct.pack_into("<L", content, at, dice.choice([0, 1, 2**31, 2**32 - 2, 5_000_000]))
    return bytes(content)


@kind("archive_damaged", "archive_crowded", "archive_encrypted", "archive_method", "archive_names",
      "archive_twins", "archive_bomb", "archive_nested", "document_missing", "document_unreadable",
      READ)  # fmt: skip
def flipped(dice, outside):
    content = bytearray(packed(("photo.png", picture(dice)), ("b.jpg", picture(dice, 40, "JPEG"))))
    for _ in range(dice.randint(1, 40)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    return bytes(content)


@kind("archive_damaged")
def truncated(dice, outside):
    content = packed(("photo.png", picture(dice)))
    return content[: dice.randrange(0, len(content) - 30)]


@kind("archive_damaged", "archive_crowded")
def noise(dice, outside):
    head = dice.choice([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x89PNG", b"<html>", b"{}"])
    return head + dice.randbytes(dice.randint(0, 50_000))


@kind(READ, left_out=("too_large", "unreadable"))
def many_pixels(dice, outside):
    width, height = dice.choice(
        [(60_000, 60_000), (2**31 - 1, 2**31 - 1), (10_000, 9_000), (1, 2**30)]
    )
    return packed(("photo.png", png(width, height, b"\0" * dice.randint(0, 100_000))))


@kind(READ, "archive_bomb", left_out=("too_large", "unreadable"))
def pixel_bomb(dice, outside):
    """Truly all the rows that it claims, packed a thousandfold."""
    width, height = dice.choice([(6000, 6000), (12_000, 2500), (30_000, 800)])
    return packed(("photo.png", png(width, height, bytes((width * 3 + 1) * height))))


@kind(READ, left_out=("too_large", "unreadable"))
def jpeg_claims(dice, outside):
    content = bytearray(picture(dice, 64, "JPEG"))
    at = content.find(b"\xff\xc0") + 5
    struct.pack_into(">HH", content, at, dice.choice([65_535, 60_000]), dice.choice([65_535, 9000]))
    return packed(("photo.jpg", bytes(content)))


@kind(READ, left_out=("too_large", "unreadable"))
def webp_canvas(dice, outside):
    """An animation whose canvas is far larger than its frames."""
    size = struct.pack("<I", 16_383)[:3] * 2
    body = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size
    body += b"ANIM" + struct.pack("<I", 6) + bytes(6) + dice.randbytes(60)
    return packed(("photo.webp", b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body))


@kind(READ, left_out=("unreadable", "too_large"))
def chunk_bomb(dice, outside):
    blown = zlib.compress(bytes(40 * MIB), 9)
    chunk = dice.choice([(b"zTXt", b"a\0\0" + blown), (b"iCCP", b"a\0\0" + blown)])
    rows = b"" if dice.random() < 0.5 else bytes(31 * 10)
    return packed(("photo.png", png(10, 10, rows[:-1], before=(chunk,))), method=0)


@kind(READ, left_out=("unreadable",))
def broken_picture(dice, outside):
    whole = picture(dice, 90, dice.choice(["PNG", "JPEG", "WEBP", "GIF"]))
    part = whole[: dice.randint(4, len(whole) // 3)]
    return packed(("photo.png", dice.choice([part, b"", b"GIF89a" + dice.randbytes(80)])))


@kind(READ)
def frames(dice, outside):
    """A GIF of very many frames: only the first is looked at."""
    images = [Image.new("P", (200, 200), n % 250) for n in range(dice.randint(50, 200))]
    written = io.BytesIO()
    images[0].save(written, "GIF", save_all=True, append_images=images[1:])
    return packed(("photo.gif", written.getvalue()))


@kind(READ, left_out=("too_many",))
def many_pictures(dice, outside):
    return packed(*((f"{n}.png", picture(dice, 32)) for n in range(dice.randint(13, 90))))


@kind("document_unreadable", "archive_bomb")
def deep_json(dice, outside):
    depth = dice.choice([2000, 50_000, 400_000])
    opening, closing = dice.choice([("[", "]"), ('{"children":[', "]}")])
    body = f'{{"customizationData":{opening * depth}{closing * depth}}}'
    return packed(("1.json", body), has_document=False, method=0)


@kind(READ)
def deep_tree(dice, outside):
    """As deep as a parser allows, deeper than anyone's choice."""
    node = {"type": "TextCustomization", "inputValue": "deep"}
    for _ in range(dice.randint(60, 300)):
        node = {"type": "ContainerCustomization", "children": [node]}
    return packed(("1.json", json.dumps({"customizationData": node})), has_document=False)


@kind(READ)
def wide_tree(dice, outside):
    leaves = [{"type": "TextCustomization", "label": str(n), "inputValue": "x" * 30}
              for n in range(dice.randint(6000, 15_000))]  # fmt: skip
    node = {"customizationData": {"type": "PageContainerCustomization", "children": leaves}}
    return packed(("1.json", json.dumps(node)), has_document=False, method=0)


@kind(READ, "document_unreadable")
def long_texts(dice, outside):
    text = dice.choice(["x", "\u202e", "界", "\n", "💥", "\0"]) * dice.randint(100_000, 250_000)
    return packed(("1.json", document("Anna" + text)), has_document=False, method=0)


@kind("document_unreadable", "document_missing")
def bad_json(dice, outside):
    body = dice.choice(
        [
            b"\xff\xfe{\0}\0",
            b'{"customizationData": NaN}',
            b"\xc3\x28",
            b"[1, 2",
            b'"text"',
            b"{}",
            b'{"customizationData": []}',
            b'{"customizationData": 7, "version3.0": "x"}',
            b'{"customizationInfo": {"version3.0": {"surfaces": {"a": 1}}}}',
            b'{"a":' + b"9" * 1_900_000 + b"}",
            b'{"customizationData": "' + b"[" * 50_000 + b'"}',
        ]
    )
    return packed(("1.json", body), has_document=False, method=0)


@kind(READ)
def odd_nodes(dice, outside):
    odd = [None, 7, True, [], {}, "x", -1e300, [[]], {"name": {"name": []}}]
    names = ["type", "label", "name", "inputValue", "fontSelection", "colorSelection", "image",
             "optionSelection", "displayValue", "snapshot", "children", "priceDelta"]  # fmt: skip
    kinds = ["Text", "Font", "Color", "Option", "Image", "PreviewContainer", "Moon", "Placement"]
    leaves = [
        {"type": f"{dice.choice(kinds)}Customization"}
        | {name: dice.choice(odd) for name in dice.sample(names, 5)}
        for _ in range(200)
    ]
    leaves.append({"type": "TextCustomization", "inputValue": "Anna"})
    tree = {"type": "PageContainerCustomization", "children": leaves}
    return packed(("1.json", json.dumps({"customizationData": tree})), has_document=False)


@kind("archive_twins")
def twins(dice, outside):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(entry("1.json"), document())
        archive.writestr(entry(dice.choice(["1.json", "1.JSON"])), document("Eve"))
    return written.getvalue()


@kind("archive_crowded")
def crowd(dice, outside):
    count = dice.choice([101, 500, 3000])
    return packed(*((f"{n}.txt", b"") for n in range(count)))


@kind("archive_crowded")
def crowd_with_a_lying_end(dice, outside):
    """The end says that there is one file; the directory holds thousands."""
    content = bytearray(packed(*((f"{'n' * 40}{n}.txt", b"") for n in range(4000))))
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", content, end + 8, 1, 1)
    return bytes(content)


@kind("archive_encrypted", "archive_damaged")
def encrypted(dice, outside):
    content = bytearray(packed(("photo.png", picture(dice))))
    for place in _places(content, b"PK\x01\x02"):
        content[place + 8] |= dice.choice([0x01, 0x41])
    for place in _places(content, b"PK\x03\x04"):
        content[place + 6] |= 0x01
    return bytes(content)


@kind("archive_method")
def odd_method(dice, outside):
    method = dice.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    return packed(("photo.png", bytes(dice.randint(1, 30) * MIB)), method=method)


@kind("archive_crowded", "archive_damaged")
def zip64(dice, outside):
    content = bytearray(packed(("photo.png", picture(dice))))
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<HHLL", content, end + 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, dice.randrange(2**40), 1)
    return bytes(content[:end] + locator + content[end:])


@kind("archive_bomb", "archive_damaged", "archive_crowded")
def overlapping(dice, outside):
    """Many names for one packed file (Fifield): small outside, large inside."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    size = 2 * MIB
    kernel = squeezed.compress(bytes(size)) + squeezed.flush()
    crc, count = zlib.crc32(bytes(size)), dice.randint(30, 95)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(kernel), size, 5, 0)
    body = local + b"a.png" + kernel
    directory = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(kernel), size, 5,
                    0, 0, 0, 0, 0, 0) + f"{n:03}.x".encode()
        for n in range(count)
    )  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end


@kind("document_missing")
def no_document(dice, outside):
    laughs = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY a{n} '{'&a;' * 10}'>" for n in range(20)
    )
    return packed(("1.xml", laughs + "]><l>&a19;</l>"), has_document=False)


@kind("archive_bomb")
def too_large(dice, outside):
    return packed(("photo.png", dice.randbytes(25 * MIB)), method=0)


def _places(content, mark):
    place = content.find(mark)
    while place >= 0:
        yield place
        place = content.find(mark, place + 4)
