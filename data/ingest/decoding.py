"""Bytes to text: Unicode where it is marked or valid, otherwise the old encoding whose letters make sense.

General detectors (charset-normalizer, chardet) learn from text in one language; English news with a few Polish, Czech
or Turkish names gives them a dozen letters to go by. So each candidate is asked whether the foreign letters of a word
could stand together in a word of one language: "Jiří" can (Czech), "Jiøí" can't, "Wa³êsa" isn't even a word.
"""

import codecs
import re
import unicodedata

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OLD = ("cp1252", "cp1254", "cp1250", "iso8859-2", "mac_roman")
"""Likeliest first. ISO 8859-1 and 8859-9 are left out: cp1252 and cp1254 read all of their letters."""
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030"}
"""What a page means that declares the encoding on the left (WHATWG Encoding Standard, labels)."""
_ALPHABETS = {
    "French": "[àâæçèéêëîïôœùûü]",
    "Spanish": "[áéíóúü]|ñ(?=[aeiouáéíóú])",
    "Portuguese": "[áâàçéêíóôúü]|ã(?=[oe]|$)|õ(?=e)",
    "German": "[äöüß]",
    "Nordic": "[åäæéöø]",
    "Italian": "[àèéìòù](?![a-z])",
    "Polish": "[ąćęłńóśźż]",
    "Czech and Slovak": "[áäčďéěíĺľňóôŕřšťúůýž]",
    "Hungarian": "[áéíóöőúüű]",
    "South Slavic": "[čćđšž]",
    "Romanian": "[ăâîşţ]",
    "Turkish": "[çğıöşüâîû]",
}
_ICELANDIC = re.compile("[a-záæðéíóöúýþ]+")
"""Holds the very letters that Turkish ones are misread as, and is seldom in the news: counts a little less."""
_WORDS = [re.compile(f"(?:[a-z]|{letters})+") for letters in _ALPHABETS.values()]
_SIGNS = "‘’“”„‚«»‹›–—…•·°£€§©®™½\u00a0\u00ad"
_PIECE = re.compile(rf"[{_SIGNS}]|[^\s{_SIGNS}\x00-\x40\x5b-\x60\x7b-\x7f]+")
_BETWEEN = "[‘“”„‚«»‹›…•·°£€§©®™½\u00a0\u00ad]"
_STUCK = re.compile(rf"[^\W\d_](?:{_BETWEEN}[^\W\d_]|[£€§©½])")
"""A sign that no writer puts after or between letters: what should be a letter was read as a sign."""


def decode(content: bytes, *, declared: str | None = None) -> str | None:
    """The text of a file; None if it is of no encoding that we know.

    Args:
        content: The bytes.
        declared: The encoding that the document names for itself; valid UTF-8 is trusted more.
    """
    encodings = [encoding for mark, encoding in _MARKS.items() if content.startswith(mark)][:1]
    if not encodings and b"\0" in content:
        encodings = _wide(content)
    elif not encodings:
        encodings = ["utf-8", *_meant(declared)]
    for encoding in encodings:
        if (text := _try(content, encoding)) is not None:
            return text
    return None if b"\0" in content else _guess(content)


def _wide(content: bytes) -> list[str]:
    """UTF-16 without a mark: every second byte of a text in Latin letters is zero, and the others are mostly ASCII."""
    even, odd = content[::2], content[1::2]
    for encoding, zeros, letters in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        ascii_letters = sum(32 <= byte < 127 for byte in letters)
        if min(zeros.count(0), ascii_letters) > 0.7 * len(letters) > 10 * letters.count(0):
            return [encoding]
    return ["utf-8"]


def _meant(declared: str | None) -> list[str]:
    try:
        name = codecs.lookup(declared or "").name
    except LookupError:
        return []
    return [_WIDER.get(name, name)]


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _guess(content: bytes) -> str | None:
    readings = [text for encoding in _OLD if (text := _try(content, encoding)) is not None]
    rated = [(_sense(text), -rank, text) for rank, text in enumerate(readings)]
    best = max(rated, default=(-1.0, 0, ""))
    return best[2] if best[0] > 0 else None


def _sense(text: str) -> float:
    """Of the words and signs that hold more than ASCII, the share that makes sense less the share that doesn't."""
    if any(unicodedata.category(character) == "Cc" for character in set(text) - set("\t\n\r\f\v")):
        return -1.0
    pieces = [piece for piece in _PIECE.findall(text) if not piece.isascii()]
    good = sum(1.0 if piece in _SIGNS else _likeness(piece) for piece in pieces) - len(_STUCK.findall(text))
    return (2 * good - len(pieces)) / max(1, len(pieces))


def _likeness(piece: str) -> float:
    """How well the letters of a piece stand together in a word of some language, from 0 to 1."""
    if not piece.isupper() and any(letter.isupper() and not letter.isascii() for letter in piece[1:]):
        return 0.0
    lower = piece.lower().replace("i\u0307", "i")
    if any(word.fullmatch(lower) for word in _WORDS):
        return 1.0
    return 0.9 if _ICELANDIC.fullmatch(lower) else 0.0
