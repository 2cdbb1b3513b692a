"""Names -> who they are: the tables of countries, named actors and generic sides, as one dictionary keyed by first word.

The files are tab-separated, with `#` for comments; a user's own files have the shape of `actors.tsv`. What is wrong in a file
is refused with file, line and remedy. Looking a word up costs one dictionary access where no name begins with it.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from processors.tag.tokens import Sentence, Token, Written
from tocsin.userfile import UserFileError

SHIPPED = Path(__file__).parent / "lexicon" / "en"

_UNDECOMPOSED = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "’": "'", "ʿ": "'"})
_KINDS = frozenset({"group", "organ", "organisation", "media", "nobody"})
_ROLES = frozenset({"person", "body", "side", "force", "part"})


class NamesError(UserFileError):
    """A file of names that cannot be used: the message says file, line and remedy."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a name stands for. `kind` is country, people (a demonym), capital, group, organ, organisation, media, nobody, or one of
    the generic roles person (a title), body, side, force, part.
    """

    kind: str
    id: str | None = None
    country: str | None = None
    sector: str | None = None

    @property
    def is_role(self) -> bool:
        return self.kind in _ROLES

    @property
    def is_named(self) -> bool:
        return not self.is_role


@dataclass(frozen=True, slots=True)
class _Name:
    """One spelling: the words after the first, how the whole must be written, and what it stands for."""

    rest: tuple[str, ...]
    exact: tuple[str, ...] | None
    capital: bool
    entry: Entry


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """A word for comparison: lower case, no diacritics.

    >>> fold("Erdoğan")
    'erdogan'
    """
    word = word.casefold().translate(_UNDECOMPOSED)
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return word


class Names:
    """Every known name, by its first word. Immutable once built."""

    def __init__(self, spellings: Iterable[tuple[str, Entry]]) -> None:
        index: dict[str, list[_Name]] = defaultdict(list)
        for spelling, entry in spellings:
            words = Written(spelling).words
            folded = [fold(word) for word in words]
            index[folded[0]].append(_Name(tuple(folded[1:]), _exact(spelling, words), spelling[0].isupper(), entry))
            if len(folded) > 1:  # a glossary may have one word of its language for several of ours
                index[" ".join(folded)].append(_Name((), None, spelling[0].isupper(), entry))
        self._index: Mapping[str, Mapping[str, Sequence[_Name]]] = {word: _by_second(names) for word, names in index.items()}

    @property
    def heads(self) -> AbstractSet[str]:
        """The folded words a name may begin with."""
        return self._index.keys()

    def match(self, tokens: Sequence[Token], folded: Sequence[str], at: int, *, shouted: bool = False) -> tuple[int, Entry] | None:
        """The longest name that begins at token `at`: the index after it, and what it stands for.

        `shouted` says that the whole sentence is in capitals, where capitals tell nothing: short abbreviations are then not read.
        """
        begun = self._index.get(folded[at])
        if begun is None:
            return None
        second = folded[at + 1] if at + 1 < len(folded) else ""
        for name in begun.get(second) or begun[""]:
            end = at + 1 + len(name.rest)
            if len(name.rest) > 1 and tuple(folded[at + 1 : end]) != name.rest:
                continue
            if name.exact is not None:
                if (shouted and len(name.exact[0]) < 3) or not _spelled(tokens[at:end], name.exact):
                    continue
            elif name.capital and not (tokens[at].is_capitalised or tokens[at].is_rendered):
                continue
            return end, name.entry
        return None


def _by_second(names: Sequence[_Name]) -> Mapping[str, Sequence[_Name]]:
    """The names that begin with one word by their second word, the longest first; all may end at the first, as those under "" do."""
    longest_first = sorted(names, key=lambda name: -len(name.rest))
    seconds = {name.rest[0] for name in names if name.rest} | {""}
    return {second: tuple(name for name in longest_first if not name.rest or name.rest[0] == second) for second in seconds}


class Looked:
    """A sentence with its names looked up, once for all who ask: its words as names are spelled, and the name that begins at each.

    `titled` says that its words are capitalised as in a headline, `shouted` that all of it is in capitals.
    """

    def __init__(self, sentence: Sentence, names: Names) -> None:
        self.sentence = sentence
        self.tokens = sentence.tokens
        self.folded = [fold(word) for word in sentence.lower]
        self.capitalised = [token.text[:1].isupper() for token in self.tokens]
        long = [at for at, token in enumerate(self.tokens) if at and len(token.text) > 3 and token.text[0].isalpha()]
        self.titled = len(long) > 3 and sum(self.capitalised[at] for at in long) > 0.6 * len(long)
        self.shouted = len(long) > 2 and all(self.tokens[at].text.isupper() for at in long)
        self._names = names

    @cached_property
    def names(self) -> Mapping[int, tuple[int, Entry]]:
        """The longest name that begins at a token: the index after it, and what it stands for."""
        return self._matches(shouted=False)

    @cached_property
    def sure_names(self) -> Mapping[int, tuple[int, Entry]]:
        """The same without short abbreviations where all is in capitals, which then tell nothing."""
        return self._matches(shouted=True) if self.shouted else self.names

    def text(self, first: int, last: int) -> str:
        """The words from first to last, with single spaces where they stood apart."""
        if first == last:
            return self.tokens[first].text
        out: list[str] = []
        for at in range(first, last + 1):
            if out and self.tokens[at - 1].end != self.tokens[at].start:
                out.append(" ")
            out.append(self.tokens[at].text)
        return "".join(out)

    def _matches(self, *, shouted: bool) -> dict[int, tuple[int, Entry]]:
        heads, found = self._names.heads, {}
        for at, word in enumerate(self.folded):
            if word in heads and (named := self._names.match(self.tokens, self.folded, at, shouted=shouted)):
                found[at] = named
        return found


def _exact(spelling: str, words: list[str]) -> tuple[str, ...] | None:
    """The words as they must stand, for a spelling all in capitals ("US", "IS"); None where case is free but for the first letter."""
    letters = [c for c in spelling if c.isalpha()]
    return tuple(words) if len(letters) <= 6 and all(c.isupper() for c in letters) else None


def _spelled(tokens: Sequence[Token], words: tuple[str, ...]) -> bool:
    return all(
        token.text[: len(word)] == word and token.lower[len(word) :] in ("", "'s", "s") for token, word in zip(tokens, words, strict=True)
    )


def plural(noun: str) -> str:
    """The plural of an English noun that follows the rules of spelling.

    >>> plural("secretary of state"), plural("embassy")
    ('secretaries of state', 'embassies')
    """
    head, of, rest = noun.partition(" of ")
    if head.endswith("y") and head[-2:-1] not in "aeiou":
        head = head[:-1] + "ie"
    elif head.endswith(("s", "x", "ch", "sh")):
        head += "e"
    return head + "s" + of + rest


def load(extra: Iterable[Path] = (), *, folder: Path = SHIPPED) -> Names:
    """The shipped names with a user's files (of the shape of `actors.tsv`) before them: the first entry of a spelling holds.

    Raises:
        NamesError: a line with too few columns, an unknown kind, or a file that cannot be read.
    """
    own = (pair for path in extra for pair in _actors(path))
    return Names([*own, *_countries(folder / "countries.tsv"), *_actors(folder / "actors.tsv"), *_roles(folder / "roles.tsv")])


def rows(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise NamesError(f"{path}: cannot be read as UTF-8 text ({wrong}); correct the path under [lexicon] extra") from None
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            cells = line.split("\t")
            if len(cells) != columns:
                raise NamesError(f"{path}, line {number}: {len(cells)} columns where {columns} are needed; put one tab between columns")
            yield number, cells


def spellings(cell: str) -> list[str]:
    return [name.strip() for name in cell.split("|") if name.strip()]


def _countries(path: Path) -> Iterator[tuple[str, Entry]]:
    for _, (code, names, people, seats) in rows(path, 4):
        for name in spellings(names):
            yield name, Entry("country", code, code, None)
        for name in spellings(people):
            yield name, Entry("people", code, code, None)
            if name[-1] in "nia":
                yield name + "s", Entry("people", code, code, "CVL")
        for name in spellings(seats):
            yield name, Entry("capital", code, code, "GOV")


def _actors(path: Path) -> Iterator[tuple[str, Entry]]:
    for number, (kind, key, country, sector, names) in rows(path, 5):
        if kind not in _KINDS:
            raise NamesError(f'{path}, line {number}: kind "{kind}" is not known; use one of {", ".join(sorted(_KINDS))}')
        code = _or_none(country)
        entry = Entry(kind, _or_none(key) or (code if kind == "organ" else None), code, _or_none(sector))
        for name in spellings(names):
            yield name, entry


def _roles(path: Path) -> Iterator[tuple[str, Entry]]:
    for number, (sector, kind, names) in rows(path, 3):
        if kind not in _ROLES:
            raise NamesError(f'{path}, line {number}: kind "{kind}" is not known; use one of {", ".join(sorted(_ROLES))}')
        entry = Entry(kind, None, None, _or_none(sector))
        for name in spellings(names):
            yield name, entry
            if kind in ("person", "side"):
                yield plural(name), entry


def _or_none(cell: str) -> str | None:
    return None if cell.strip() in ("", "-") else cell.strip()


def word_lists(path: Path) -> dict[str, frozenset[str]]:
    """The named word lists of a TOML file, each a set."""
    return {name: frozenset(words.split()) for name, words in tomllib.loads(path.read_text("utf-8")).items()}
