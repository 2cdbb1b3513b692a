"""A title in its normal form: what is left when two outlets' habits are taken off one headline.

Lower case, straight quotes, digits for number words, one spelling per name; no outlet, no "Exclusive", no "(VIDEO)".
"""

from __future__ import annotations

import re
import unicodedata

QUOTE_OPEN, QUOTE_CLOSE = "‹", "›"
"""Marks around quoted words in a normal form; `plain` takes them off."""

_STRAIGHT = str.maketrans(
    {mark: straight for straight, marks in (("'", "’‘‛´"), ('"', "“”„«»"), ("-", "‐‑‒–—―"), ("|", "·•")) for mark in marks}
)
_BREAKS = (" - ", " | ", " -- ")
"""What stands between a headline and its outlet."""
_LABELS = (
    "live|live updates?|breaking|breaking news|urgent|flash|exclusive|explainer|explained|analysis|factbox|timeline|opinion|video|watch|"
    "photos?|in pictures|update \\d|wrapup \\d|refile|correct(?:ed|ion)|just in|roundup|insight|feature|interview|fact check|reuters|ap|afp"
)
_LABEL_BEFORE = re.compile(rf"^(?:{_LABELS})\s*(?:[:|]|-+)\s*")
_LABEL_AFTER = re.compile(rf"\s*(?:[(\[]\s*(?:{_LABELS}|videos?|maps?|audio)(?:[ ,&]+\w+)?\s*[)\]]|[|]\s*(?:{_LABELS}))\s*$")
_OUTLET_WORDS = (
    "reuters|ap|afp|ap news|upi|tass|xinhua|bbc|cnn|npr|pbs|abc|cbs|nbc|msnbc|cnbc|fox|axios|politico|bloomberg|dw|rfi|rt|anadolu|euronews|"
    "france 24|france24|al jazeera|the guardian|al-monitor|yahoo|msn|forbes|fortune|the hill|newsweek|time|vox|wsj|ft|the economist"
)
_OUTLET_TAIL = re.compile(
    rf"^(?:by )?(?:{_OUTLET_WORDS})$|\b(?:news|newspaper|times|post|herald|tribune|gazette|journal|telegraph|guardian|mirror|observer|"
    rf"chronicle|independent|standard|star|radio|television|tv|fm|online|daily|weekly|magazine|review|press|insider|network)\b|"
    rf"\.(?:com?|net|org|news)\b|\b[wk][a-z]{{3}}(?:-?(?:tv|fm|am))?$"
)
_OUTLET_TAIL_WORDS = 6
_BYLINE_TAIL = re.compile(r" by (?:reuters|ap|afp)$")
_QUOTED = re.compile(r"""(?<!\w)(["'])(?=\S)(.+?)(?<=\S)\1(?!\w)""")
_TOKEN = re.compile(
    rf"[{QUOTE_OPEN}{QUOTE_CLOSE}]"
    r"|(?:[a-z]\.){2,}[a-z]?"  # u.s.  d.c.
    r"|[a-z]{1,5}-\d+[a-z]*"  # f-35  covid-19
    r"|\d+(?:st|nd|rd|th)\b"  # 2nd
    r"|\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|\d+(?:[.:]\d+)*"  # 6,000  3.5  4:10
    r"|[^\W_]+(?:'(?!s\b)[^\W\d_]+)*"  # words, don't
    r"|[$€£¥%₹]"
)
_POSSESSIVE = re.compile(r"(?<=\w)'s\b|(?<=s)'(?=\s|$)")
_TO_NINETEEN = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    """.split()
_UNITS = {word: value for value, word in enumerate(_TO_NINETEEN)}
_TENS = {word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_ROUND_TENS = frozenset(str(tens) for tens in _TENS.values())
_NUMBER_WORDS = frozenset({*_UNITS, *_TENS})
_SPELLINGS = {
    "zelenskyy": "zelensky",
    "zelenskiy": "zelensky",
    "zelenskii": "zelensky",
    "kiev": "kyiv",
    "odessa": "odesa",
    "kharkov": "kharkiv",
    "hizbollah": "hezbollah",
    "hizbullah": "hezbollah",
    "hezbullah": "hezbollah",
    "huthi": "houthi",
    "huthis": "houthis",
    "daesh": "isis",
    "isil": "isis",
    "quran": "koran",
    "percent": "%",
    "pct": "%",
    "pc": "%",
    "usa": "us",
    "america": "us",
    "defence": "defense",
    "centre": "center",
    "programme": "program",
    "metre": "meter",
    "labour": "labor",
    "harbour": "harbor",
    "tonnes": "tons",
    "jailed": "imprisoned",
    "govt": "government",
    "gov": "government",
    "intl": "international",
    "natl": "national",
    "shi'ite": "shia",
    "shi'ites": "shias",
    "mideast": "middle east",
    "vs": "v",
    "feb": "february",
    "jan": "january",
    "aug": "august",
    "sept": "september",
    "oct": "october",
    "nov": "november",
    "dec": "december",
    "int'l": "international",
    "nat'l": "national",
}
_PHRASES = {
    "united states of america": "us",
    "united states": "us",
    "united kingdom": "uk",
    "united nations": "un",
    "united arab emirates": "uae",
    "european union": "eu",
    "per cent": "%",
    "north east": "northeast",
    "north west": "northwest",
    "south east": "southeast",
    "south west": "southwest",
    "north-east": "northeast",
    "north-west": "northwest",
    "south-east": "southeast",
    "south-west": "southwest",
}
_PHRASE = re.compile(rf"\b(?:{'|'.join(_PHRASES)})")


def normal_form(title: str) -> str:
    """The title's words in their normal form, one space between them; quoted stretches stand in ‹ ›.

    >>> normal_form("Exclusive-Zelenskyy's army downs Seven drones - Reuters")
    'zelensky army downs 7 drones'
    """
    text = (title if title.isascii() else _plain_letters(title)).casefold().strip()
    text = _LABEL_BEFORE.sub("", text, count=1)
    if text.endswith((")", "]")) or "|" in text:
        text = _LABEL_AFTER.sub("", text)
    text = _without_outlet(text)
    if "'" in text or '"' in text:
        text = _POSSESSIVE.sub("", _QUOTED.sub(rf" {QUOTE_OPEN} \2 {QUOTE_CLOSE} ", text))
    text = _PHRASE.sub(lambda found: _PHRASES[found.group()], text)
    words = [word if word.isalpha() and word not in _SPELLINGS else _spelled(word) for word in _TOKEN.findall(text)]
    return " ".join(words if _NUMBER_WORDS.isdisjoint(words) else _digits(words))


def plain(normal: str) -> str:
    """A normal form without its quotation marks."""
    if QUOTE_OPEN not in normal:
        return normal
    return " ".join(word for word in normal.split() if word not in (QUOTE_OPEN, QUOTE_CLOSE))


def _plain_letters(text: str) -> str:
    """The text with straight quotes and dashes, compatible letters as one, and no accents: agencies write El Nino and El Niño."""
    text = text.translate(_STRAIGHT)
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _without_outlet(text: str) -> str:
    """The title without the outlets some aggregators put behind it."""
    for _ in range(2):
        at = max(text.rfind(mark) for mark in _BREAKS)
        tail = text[at + 3 :]
        if at < 0 or len(tail.split()) > _OUTLET_TAIL_WORDS or not _OUTLET_TAIL.search(tail):
            break
        text = text[:at]
    return _BYLINE_TAIL.sub("", text)


def _spelled(word: str) -> str:
    """One word in its usual spelling, without the marks inside it: u.s., 6,000, f-35."""
    bare = word.replace(".", "").replace("-", "") if word[0].isalpha() else word.replace(",", "").removesuffix(".0")
    return _SPELLINGS.get(bare, bare)


def _digits(words: list[str]) -> list[str]:
    """Number words as digits: seven -> 7, twenty five -> 25."""
    made: list[str] = []
    for word in words:
        if word in _TENS:
            made.append(str(_TENS[word]))
        elif word in _UNITS and made and made[-1].isdigit() and made[-1] in _ROUND_TENS and 0 < _UNITS[word] < 10:
            made[-1] = str(int(made[-1]) + _UNITS[word])
        else:
            made.append(str(_UNITS.get(word, word)))
    return made
