"""Sentence -> mentions of places: cities, regions, countries and datelines, with coordinates.

A name is a place where it is written as one: capitalised, no part of an actor's or a person's name, and led by a preposition or
large enough to be meant without one. Of several places of one name the one in a country that is spoken of is meant, else
the one with most people. Linear in the length of the sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from processors.tag.gazetteer import LONGEST, Gazetteer, Spot, load, plain
from processors.tag.names import SHIPPED, Entry, Looked, Names, word_lists
from processors.tag.tokens import Sentence, Token
from tocsin.model import Place

KNOWN_WITHOUT = 400_000
"""Inhabitants from which a city is read without a preposition before it: smaller ones share their names with people and firms."""
KNOWN_AFTER_LOOSE = 100_000
"""The same after a preposition that people follow too ("from", "to", "with")."""

KNOWN_ANYWHERE = 1_500_000
"""Inhabitants from which a city is meant even where its name is a common word or a first name."""


class PlaceKind(StrEnum):
    """What a mention is: the most exact kinds first; a dateline says where the reporter sat."""

    CITY = "city"
    REGION = "region"
    COUNTRY = "country"
    DATELINE = "dateline"


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place at the tokens first..last (inclusive) of a sentence, at the characters [start, end) of its field.

    `after` is the preposition that leads it, or "": one that says where something is ("in", "near") makes it a site.
    """

    first: int
    last: int
    start: int
    end: int
    place: Place
    kind: PlaceKind
    after: str = ""
    is_site: bool = False
    """Whether the sentence says that something is there, and does not only name it."""


class PlaceFinder:
    """Finds the places of a sentence. The gazetteer is read when the first sentence asks for it; never raises on any sentence."""

    def __init__(self, names: Names, gazetteer: Callable[[], Gazetteer] = load) -> None:
        self._names = names
        self._load = gazetteer
        lists = word_lists(SHIPPED / "phrases.toml")
        self._lists: Mapping[str, frozenset[str]] = lists

    @cached_property
    def _gazetteer(self) -> Gazetteer:
        return self._load()

    @cached_property
    def _longest(self) -> Mapping[str, int]:
        """The words of the longest place name by its first word."""
        longest: dict[str, int] = {}
        for name in self._gazetteer:
            words = name.split(" ")
            longest[words[0]] = min(LONGEST, max(len(words), longest.get(words[0], 0)))
        return longest

    def find(self, sentence: Sentence, near: Container[str] = ()) -> list[PlaceMention]:
        """The places in the order of the text. `near` are the countries (alpha-3) the whole item speaks of."""
        return self.among(Looked(sentence, self._names), near)

    def among(self, looked: Looked, near: Container[str] = ()) -> list[PlaceMention]:
        """The same of a sentence whose names are looked up."""
        reading = _Reading(looked, self._lists, near)
        directed = self._lists["directed"]
        found: list[PlaceMention] = []
        at = 0
        while at < len(reading.tokens):
            mention = self._at(reading, at) if looked.capitalised[at] or reading.folded[at] in directed else None
            if mention is not None:
                found.append(mention)
                at = mention.last
            at += 1
        return found

    def _at(self, reading: _Reading, at: int) -> PlaceMention | None:
        named = reading.sure_names.get(at)
        for words in range(self._longest.get(_first_word(reading.folded[at]), 0), 0, -1):
            last, key = reading.key(at, words)
            if last < 0:
                continue
            spots = self._gazetteer.get(key)
            if not spots:
                continue
            ours = _is_ours(spots, named, last) or (named is not None and named[1].kind == "nobody" and self._qualifier(reading, last))
            if named is not None and not ours and self._is_somebody(named[1].kind, named[0] - 1, last):
                return self._country(reading, at, named) if named[1].kind == "country" else None
            return self._chosen(reading, at, last, spots)
        if named is None:
            return self._unlisted(reading, at)
        return self._country(reading, at, named) if named[1].kind == "country" else None

    @staticmethod
    def _unlisted(reading: _Reading, at: int) -> PlaceMention | None:
        """A place no gazetteer of ours lists, by the words before it: "the Malian town of Konna". It has no coordinates."""
        kind, lists = at - 2, reading.lists
        if kind < 0 or reading.folded[at - 1] not in lists["genitive"] or reading.folded[kind] not in lists["kind_of_place"]:
            return None
        last = at
        while last + 1 < len(reading.tokens) and reading.tokens[last + 1].is_capitalised and reading.tokens[last + 1].text[0].isalpha():
            last += 1
        return reading.mention(at, last, Place(name=reading.text(at, last), country=reading.nationality(kind - 1)), PlaceKind.CITY)

    @staticmethod
    def _is_somebody(kind: str, last_of_name: int, last: int) -> bool:
        """Whether the words belong to a longer or surer name of an actor: "New York Times", "Georgia", "Hamas"."""
        return last_of_name > last or (last_of_name == last and kind not in ("capital", "organisation", "side", "body", "part", "people"))

    @staticmethod
    def _country(reading: _Reading, at: int, named: tuple[int, Entry]) -> PlaceMention | None:
        last = named[0] - 1
        if reading.folded[at] in reading.lists["borne"] and reading.is_part_of_name(at, last):
            return None
        return reading.mention(at, last, Place(name=reading.text(at, last), country=named[1].country), PlaceKind.COUNTRY)

    def _chosen(self, reading: _Reading, at: int, last: int, spots: Sequence[Spot]) -> PlaceMention | None:
        """The place meant by a name at at..last, if it is one here."""
        after = reading.after(at)
        qualifier = self._qualifier(reading, last)
        spot = self._best(reading, spots, qualifier)
        end = last
        if qualifier is not None and (qualifier.country == spot.country) and (not qualifier.state or qualifier.state == spot.state):
            end = qualifier.last
        elif qualifier is not None and not spot.is_region and qualifier.country is not None and reading.ends_at(qualifier.last):
            place = Place(name=reading.text(at, last), country=qualifier.country, lat=qualifier.lat, lon=qualifier.lon)
            return reading.mention(at, qualifier.last, place, PlaceKind.CITY)
        if reading.is_dateline(at, end):
            return reading.mention(at, end, reading.place(spot, at, last), PlaceKind.DATELINE)
        if not (end > last or self._is_meant(reading, at, last, spot, after)):
            return None
        kind = PlaceKind.REGION if spot.is_region else PlaceKind.CITY
        return reading.mention(at, end, reading.place(spot, at, last), kind)

    def _is_meant(self, reading: _Reading, at: int, last: int, spot: Spot, after: str) -> bool:
        """Whether a name that could be a town is one: by what stands around it."""
        if spot.is_region or spot.people == 0:
            return True
        word = reading.folded[at]
        if at == last and word in self._lists["never"]:
            return False
        if at == last and word in self._lists["common"] and spot.people < KNOWN_ANYWHERE:
            return after in self._lists["site"] and not reading.titled
        if reading.is_part_of_name(at, last):
            return False
        if after in self._lists["site"] or after in self._lists["through"] or reading.folded[at - 1 : at] == ["of"]:
            return not reading.titled or spot.people >= KNOWN_AFTER_LOOSE or spot.country in reading.countries
        if reading.folded[at - 1 : at] == ["'s"] and spot.country in reading.countries:
            return True
        if after:
            return spot.people >= KNOWN_AFTER_LOOSE
        return spot.people >= KNOWN_WITHOUT or (spot.country in reading.countries and spot.people >= KNOWN_AFTER_LOOSE)

    def _best(self, reading: _Reading, spots: Sequence[Spot], qualifier: _Qualifier | None) -> Spot:
        def rank(spot: Spot) -> tuple[bool, bool, bool, bool, int]:
            qualified = qualifier is not None and spot.country == qualifier.country
            stated = qualifier is not None and bool(qualifier.state) and spot.state == qualifier.state
            return stated, qualified, spot.country in reading.countries, spot.people == 0, spot.people

        return max(spots, key=rank)

    def _qualifier(self, reading: _Reading, last: int) -> _Qualifier | None:
        """The country or state behind a comma: "Paris, Texas"."""
        at = last + 2
        if at >= len(reading.tokens) or reading.tokens[last + 1].text != "," or not reading.tokens[at].is_capitalised:
            return None
        for words in (3, 2, 1):
            end, key = reading.key(at, words)
            if end < 0:
                continue
            for name in (f"state {key}" if reading.tokens[at].text.isupper() else key, f"{key} usa"):
                spots = self._gazetteer.get(name, ())
                if spots and spots[0].is_region and spots[0].country is not None:
                    states = self._gazetteer.get(reading.key(last, 1)[1], ())
                    if name.endswith(" usa") and not any(spot.state == spots[0].state for spot in states):
                        continue
                    return _Qualifier(end, spots[0].country, spots[0].state, spots[0].lat, spots[0].lon)
        named = reading.names.get(at)
        if named is not None and named[1].kind == "country":
            return _Qualifier(named[0] - 1, named[1].country, "", None, None)
        return None


def _first_word(word: str) -> str:
    return _plain(word).partition(" ")[0]


_plain = lru_cache(maxsize=65536)(plain)
"""The same for single words, which news repeats."""


_GOES_ON = frozenset(
    "after amid and are as at before but by during for from has have in is on or over that to was were when where which with".split()
)
"""Words behind a place that are no noun of it."""


@dataclass(frozen=True, slots=True)
class _Qualifier:
    """What a comma after a town says of it; `last` is the last token of the words that say it."""

    last: int
    country: str | None
    state: str
    lat: float | None
    lon: float | None


def _is_ours(spots: Sequence[Spot], named: tuple[int, Entry] | None, last: int) -> bool:
    """Whether our own table knows the name as a place, though it is a country's too: "Gaza"."""
    return named is not None and spots[0].people == 0 and named[1].kind == "country" and named[0] - 1 == last


class _Reading:
    """One sentence while it is read: its tokens, their folded words, and the countries it and its item speak of."""

    def __init__(self, looked: Looked, lists: Mapping[str, frozenset[str]], near: Container[str]) -> None:
        self.sentence = looked.sentence
        self.lists = lists
        self.text = looked.text
        self.tokens: Sequence[Token] = looked.tokens
        self.folded = looked.folded
        self.titled = looked.titled
        self.names = looked.names
        self.sure_names = looked.sure_names
        spoken_of = (entry for _, entry in self.names.values() if entry.kind != "capital")
        self.countries = _Both(frozenset(entry.country for entry in spoken_of if entry.country is not None), near)

    def key(self, at: int, words: int) -> tuple[int, str]:
        """The last token of `words` words from `at` (hyphens between are none) and their key; -1 where there are not so many."""
        parts = [_plain(self.folded[at])]
        last = at
        while len(parts) < words:
            step = 2 if last + 2 < len(self.tokens) and self.tokens[last + 1].text in "-." and self._touches(last) else 1
            if last + step >= len(self.tokens):
                return -1, ""
            last += step
            parts.append(_plain(self.folded[last]))
            if not parts[-1]:
                return -1, ""
        return last, " ".join(part for part in parts if part)

    def _touches(self, at: int) -> bool:
        return self.tokens[at].end == self.tokens[at + 1].start

    def ends_at(self, at: int) -> bool:
        """Whether no noun follows that the word at `at` belongs to: "in Isfahan, U.S. officials say" puts nothing in the US."""
        if at + 1 >= len(self.tokens):
            return True
        following = self.tokens[at + 1]
        return not following.text[0].isalpha() or self.folded[at + 1] in _GOES_ON

    def after(self, at: int) -> str:
        """The preposition before the place, over articles, directions and "the city of": "in", "near", "from", or ""."""
        index = at - 1
        while index >= 0:
            word = self.folded[index]
            if word in self.lists["genitive"] and self.folded[index - 1] in self.lists["kind_of_place"]:
                index -= 2
            elif word in self.lists["determiner"] or word in self.lists["direction"] or self._is_nationality(index) or word == "-":
                index -= 1
            else:
                break
        return self.folded[index] if index >= 0 and self.folded[index] in self.lists["preposition"] else ""

    def nationality(self, at: int) -> str | None:
        """The country of the word before a kind of place, if it is of a people: "the Malian | town"."""
        for first in (at - 1, at):
            named = self.names.get(first)
            if named is not None and named[0] == at + 1:
                return named[1].country
        return None

    def _is_nationality(self, at: int) -> bool:
        named = self.names.get(at)
        return named is not None and named[1].kind == "people"

    def is_part_of_name(self, at: int, last: int) -> bool:
        """Whether an unknown capitalised word stands directly beside it, as in the name of a person or a firm."""
        if self.titled:
            return False
        before = at > 0 and self.tokens[at - 1].is_capitalised and self.folded[at - 1] not in self.lists["determiner"]
        behind = last + 1 < len(self.tokens) and self.tokens[last + 1].is_capitalised and self.tokens[last + 1].text[0].isalpha()
        tight = at > 1 and self.tokens[at - 1].text == "-" and self.tokens[at - 1].end == self.tokens[at].start
        return bool(before or behind or (tight and self.tokens[at - 2].is_capitalised))

    def is_dateline(self, at: int, last: int) -> bool:
        """Whether the words open the field as "KABUL (Reuters) -" or "Beirut:" do."""
        if at != 0 or self.sentence.index > 2 or last + 1 >= len(self.tokens):
            return False
        mark = self.tokens[last + 1]
        if mark.text in ("(", "—", ":", "|"):
            return True
        if mark.text in "-–":
            return last + 2 >= len(self.tokens) or mark.end != self.tokens[last + 2].start or self.tokens[last + 2].text in "-–"
        if mark.text != ",":
            return False
        behind = self.folded[last + 2] if last + 2 < len(self.tokens) else ""
        return behind in self.lists["month"] or (self.tokens[at].text.isupper() and len(self.tokens[at].text) > 3)

    def place(self, spot: Spot, at: int, last: int) -> Place:
        """The place under the name the text gives it ("Mekelle", not the "Mek'ele" of a gazetteer), if that is one English readers know.

        Names of our own table, abbreviations and words of another language are told as the tables spell them.
        """
        written = self.text(at, last)
        is_name = spot.people > 0 and len(written) > 3 and not any(token.is_rendered for token in self.tokens[at : last + 1])
        name = spot.name if not is_name else written.title() if written.isupper() else written
        return Place(name=name, country=spot.country, lat=spot.lat, lon=spot.lon)

    def mention(self, first: int, last: int, place: Place, kind: PlaceKind) -> PlaceMention:
        after = self.after(first)
        site = after in self.lists["site"] and kind is not PlaceKind.DATELINE
        return PlaceMention(first, last, self.tokens[first].start, self.tokens[last].end, place, kind, after, site)


@dataclass(frozen=True, slots=True)
class _Both:
    """The countries of the sentence and those of the item, as one container."""

    here: frozenset[str]
    there: Container[str]

    def __contains__(self, code: object) -> bool:
        return code in self.here or code in self.there
