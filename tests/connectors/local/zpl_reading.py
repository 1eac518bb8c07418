"""A small reader of ZPL, written from the ZPL II manual and not from our writer.

As a printer does it takes every caret and tilde for the start of a command, except in the binary
of a graphic field, which holds neither.
"""

import re
from itertools import pairwise

from PIL import Image

COMMAND = re.compile(r"([\^~])(A[A-Z0-9@]|[A-Z0-9]{2})([^^~]*)", re.DOTALL)


def commands(zpl):
    """Return every command with its parameters, in order."""
    return [(sign + name, data.strip("\n")) for sign, name, data in COMMAND.findall(zpl.decode())]


def names(zpl):
    return [name for name, _ in commands(zpl)]


def shape(zpl):
    """Return the sequence of commands, with bitmaps and text of the same kind alike."""
    return [name for name in names(zpl) if name not in {"^GF", "^FT", "^FO", "^A0", "^FH", "^FD"}]


def texts(zpl):
    """Return the data of all hex-escaped fields, decoded."""
    found = commands(zpl)
    pairs = pairwise(found)
    return [unescaped(after[1]) for before, after in pairs if before[0] == "^FH"]


def unescaped(data):
    raw = re.sub(
        rb"_([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), data.encode("utf-8")
    )
    return raw.decode("utf-8")


def code_128_data(zpl):
    """Return what the one Code 128 says, without the code set switches."""
    found = commands(zpl)
    place = next(i for i, (name, _) in enumerate(found) if name == "^BC")
    assert found[place + 1][0] == "^FD"
    data = found[place + 1][1]
    assert len(re.findall(r">5(\d*)$", data)[0]) % 2 == 0  # code set C takes pairs
    return data.replace(">:", "").replace(">5", "")


def graphics(zpl):
    """Return every graphic field as a picture with the place it is printed at."""
    pictures, place = [], (0, 0)
    for name, data in commands(zpl):
        if name == "^FO":
            place = tuple(int(number) for number in data.split(",")[:2])
        if name == "^GF":
            kind, size, total, stride, packed = data.split(",", 4)
            assert (kind, size) == ("A", total)
            pictures.append((place, _picture(packed, int(total), int(stride))))
    return pictures


def _picture(packed, total, stride):
    rows = _unpacked(packed, 2 * stride)
    assert len(rows) == total // stride
    raw = bytes.fromhex("".join(rows))
    picture = Image.frombytes("1", (8 * stride, len(rows)), raw)
    return picture.point(lambda dot: 255 - dot).convert("L")


def _unpacked(packed, width):
    rows, row, count = [], "", 0
    for character in packed:
        if character == ":":
            rows.append(rows[-1])
        elif character in ",!":
            rows.append(row.ljust(width, "0" if character == "," else "F"))
            row = ""
        elif "G" <= character <= "Y":
            count += ord(character) - ord("F")
        elif "g" <= character <= "z":
            count += 20 * (ord(character) - ord("f"))
        else:
            row += character * (count or 1)
            count = 0
        if len(row) == width:
            rows.append(row)
            row = ""
    assert not row
    return rows


def with_margin(picture, dots=40):
    paper = Image.new("L", (picture.width + 2 * dots, picture.height + 2 * dots), 255)
    paper.paste(picture, (dots, dots))
    return paper
