"""Tokenizing: personal data is found by keyed tokens, while it stays sealed (a blind index).

A token is 32 bits of an HMAC-SHA256 over one normalised word. Its key is derived by HKDF from
the workspace's own key and a month, so that equal words of two workspaces or of two months do
not look alike. No Django in here.
"""

import hashlib
import hmac
import struct
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = "packbench search 1"
KEY_BYTES = 32
SHORTEST_PREFIX, LONGEST_PREFIX = 3, 10  # letters
FEWEST_DIGITS = 6
PHONE_ENDS = (9, 7)  # digits at the end of a phone number: with and without its area
MOST_WORDS = 24  # of one order; beyond that a name is none
STEP = 8  # tokens are filled up to a multiple: their number does not tell how long a name is
# Letters that Unicode does not take apart.
FOLDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Makes the tokens of one workspace's key and one month. It shows nothing of its key."""

    _key: bytes

    @classmethod
    def of(cls, secret: bytes, month: int) -> "Tokenizer":
        """`month` counts from year 0: year × 12 + month."""
        info = f"{PURPOSE}|{month}".encode()
        return cls(HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(secret))

    def token(self, term: str) -> int:
        """The token of one term: a signed 32-bit number, as PostgreSQL keeps integers."""
        digest = hmac.digest(self._key, term.encode(), hashlib.sha256)
        number: int = struct.unpack_from(">i", digest)[0]
        return number

    def tokens(self, terms: Iterable[str], *, filler: str) -> list[int]:
        """The tokens of all terms, sorted, filled up to a multiple of STEP.

        With others that `filler`, the row's own id, decides: the same row has the same ones again.
        """
        found = {self.token(term) for term in terms}
        more = count()
        while len(found) % STEP:
            found.add(self.token(f"x:{filler}:{next(more)}"))
        return sorted(found)

    def __repr__(self) -> str:
        return "Tokenizer(•••)"


def month_of(at: datetime) -> int:
    return at.year * 12 + at.month


def indexed_terms(
    *, names: Iterable[str], emails: Iterable[str], phones: Iterable[str]
) -> set[str]:
    """The terms under which an order is to be found. `names` are those of companies, too."""
    words = [word for name in names for word in words_of(name)][:MOST_WORDS]
    terms = {term for word in words for term in _indexed(word)}
    for email in filter(None, map(normalized, emails)):
        terms |= {f"e:{email}", f"l:{email.split('@')[0]}"}
    for phone in phones:
        digits = digits_of(phone)
        terms |= {f"t:{digits[-end:]}" for end in PHONE_ENDS if len(digits) >= end}
        if FEWEST_DIGITS <= len(digits) < min(PHONE_ENDS):
            terms.add(f"t:{digits}")
    return terms


def sought_terms(text: str) -> list[list[str]]:
    """What a typed text may mean: each alternative is found where all its terms are.

    Words, begun or whole (three letters at least, but for whole shorter ones), in any order; an
    e-mail address or what stands before its @; a phone number, however it is written.
    """
    alternatives = []
    words = words_of(text)[:MOST_WORDS]
    if words and "@" not in text:
        alternatives.append([_sought(word) for word in words])
    one = normalized(text)
    if "@" in one:
        alternatives.append([f"e:{one}"])
    elif one and " " not in one and not words_are_cjk(words):
        alternatives.append([f"l:{one}"])
    if phone := _sought_phone(text):
        alternatives.append([phone])
    return alternatives


def normalized(text: str) -> str:
    """Compatible forms and accents folded, small letters: two spellings of one word are equal."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(FOLDED)
    parts = unicodedata.normalize("NFD", plain)
    # Marks of Latin, Greek and Cyrillic letters only: those of kana make other letters of them.
    bare = "".join(char for char in parts if not "\u0300" <= char <= "\u036f")
    return unicodedata.normalize("NFC", bare).strip()


def words_of(text: str) -> list[str]:
    """The words of a name. Chinese, Japanese and Korean ones are cut into pairs of characters."""
    words: list[str] = []
    for run in _runs(normalized(text)):
        if _is_cjk(run[0]) and len(run) > 1:
            words += [run[place : place + 2] for place in range(len(run) - 1)]
        else:
            words.append(run)
    return words


def words_are_cjk(words: Iterable[str]) -> bool:
    return any(_is_cjk(word[0]) for word in words)


def digits_of(text: str) -> str:
    """The digits of a phone number, whatever script they are in."""
    found = (unicodedata.digit(char, -1) for char in text)
    return "".join(str(digit) for digit in found if digit >= 0)


def _runs(text: str) -> list[str]:
    """Runs of letters and digits; a change between CJK and others begins a new one."""
    runs: list[str] = []
    before = ""
    for char in text:
        kind = ("cjk" if _is_cjk(char) else "word") if _is_letter(char) else ""
        if kind and kind == before:
            runs[-1] += char
        elif kind:
            runs.append(char)
        before = kind
    return runs


def _is_letter(char: str) -> bool:
    """Letters, digits, and the marks that some scripts write vowels with."""
    return char.isalnum() or unicodedata.category(char) in ("Mn", "Mc")


def _is_cjk(char: str) -> bool:
    return (
        "\u3040" <= char <= "\u30ff"  # kana
        or "\u3400" <= char <= "\u9fff"  # Chinese characters
        or "\uac00" <= char <= "\ud7af"  # Korean syllables
        or "\uf900" <= char <= "\ufaff"
        or "\U00020000" <= char <= "\U0003ffff"
    )


def _indexed(word: str) -> Iterable[str]:
    """A word's beginnings, or all of a short one."""
    if len(word) < SHORTEST_PREFIX:
        return [f"n:{word}"]
    ends = range(SHORTEST_PREFIX, min(len(word), LONGEST_PREFIX) + 1)
    return [f"n:{word[:end]}" for end in ends]


def _sought(word: str) -> str:
    return f"n:{word[:LONGEST_PREFIX]}"


def _sought_phone(text: str) -> str:
    """The term of a phone number; nothing where the text is none."""
    if any(char.isalpha() for char in text):
        return ""
    digits = digits_of(text)
    if len(digits) < FEWEST_DIGITS:
        return ""
    longest, shortest = PHONE_ENDS
    if len(digits) >= longest:
        return f"t:{digits[-longest:]}"
    return f"t:{digits[-shortest:]}" if len(digits) >= shortest else f"t:{digits}"
