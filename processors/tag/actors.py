"""Sentence -> mentions of actors: who is named, as which noun phrase, of which country and sector.

Everything in a noun phrase (`phrases`) speaks for one actor: "French Foreign Minister Laurent Fabius" is FRA GOV. Phrases that hold no
known name are given as candidates of lower rank, for an act that needs a side. Linear in the length of the sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from processors.tag.names import SHIPPED, Looked, Names, word_lists
from processors.tag.phrases import Part, PhraseCutter, PhraseReading, PhraseWords
from processors.tag.tokens import Sentence
from tocsin.model import Actor


class ActorKind(StrEnum):
    """What a mention is, from the surest to the vaguest."""

    COUNTRY = "country"
    PEOPLE = "people"
    """A demonym alone: the adjective of an act ("Iranian strikes") or its people ("Iranians")."""
    CAPITAL = "capital"
    ORGAN = "organ"
    GROUP = "group"
    ORGANISATION = "organisation"
    SIDE = "side"
    """A generic side ("gunmen", "Syrian rebels"): its country is None where none is said."""
    NAME = "name"
    """A capitalised name that is not known."""
    PHRASE = "phrase"
    """Any other noun phrase."""


class ActorMention(NamedTuple):
    """An actor at the tokens first..last (inclusive) of a sentence, at the characters [start, end) of its field.

    `after` is the preposition before the phrase, or "": "in Iran" names a place as much as an actor.
    """

    first: int
    last: int
    start: int
    end: int
    actor: Actor
    kind: ActorKind
    after: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the lexicon knows who or what kind of side this is."""
        return self.kind not in (ActorKind.NAME, ActorKind.PHRASE)


_STATE_SECTORS = frozenset({"GOV", "MIL", "SPY", "COP", "JUD", "LEG"})
_NAMED = {
    "country": ActorKind.COUNTRY,
    "people": ActorKind.PEOPLE,
    "capital": ActorKind.CAPITAL,
    "organ": ActorKind.ORGAN,
    "group": ActorKind.GROUP,
    "organisation": ActorKind.ORGANISATION,
}


class _Phrase(NamedTuple):
    """A noun phrase and what it resolves to."""

    first: int
    last: int
    parts: tuple[Part, ...]
    actor: Actor
    kind: ActorKind
    determined: bool

    @property
    def head(self) -> Part:
        return self.parts[-1]


class ActorFinder:
    """Finds the actors of a sentence. Holds nothing but its lexicon; never raises on any sentence."""

    def __init__(self, names: Names, words: PhraseWords) -> None:
        self._names = names
        self._cutter = PhraseCutter(names, words)
        self._lists: Mapping[str, frozenset[str]] = word_lists(SHIPPED / "phrases.toml")
        self._determiners = self._lists["determiner"]

    def find(self, sentence: Sentence, acts: Collection[int] = ()) -> list[ActorMention]:
        """The actors in the order of the text.

        `acts` are the indices of tokens that belong to an act or any other trigger: no actor reaches across one.
        """
        return self.among(Looked(sentence, self._names), acts)

    def among(self, looked: Looked, acts: Collection[int] = ()) -> list[ActorMention]:
        """The same of a sentence whose names are looked up."""
        reading = PhraseReading(looked, acts)
        cut = self._cutter.cut(reading)
        phrases = [phrase for parts, determined in cut for phrase in self._resolve(reading, parts, determined)]
        phrases = self._joined(reading, phrases)
        phrases = self._apposed(reading, phrases)
        phrases = self._shared(reading, phrases)
        return [self._mention(reading, phrase) for phrase in phrases if self._stands(reading, phrase)]

    def _resolve(self, reading: PhraseReading, parts: list[Part], determined: bool) -> list[_Phrase]:
        """The phrase with its actor; nothing where it holds only marks and numbers."""
        while parts and self._is_mark(reading, parts[-1]):
            parts = parts[:-1]
        if not parts:
            return []
        if reading.folded[parts[0].first] in self._determiners and parts[0].last > parts[0].first:
            parts = [parts[0]._replace(first=parts[0].first + 1), *parts[1:]]
        known = [index for index, part in enumerate(parts) if part.entry is not None]
        if known and parts[-1].last + 1 in reading.act_set and parts[-1].entry is None and not parts[-1].cap:
            parts = parts[: known[-1] + 1]
        is_name = any(part.cap for part in parts)
        if not (known or is_name or any(not part.number and len(reading.folded[part.first]) > 2 for part in parts)):
            return []
        country = key = sector = None
        kind = ActorKind.NAME if is_name else ActorKind.PHRASE
        adjective: str | None = None
        for index in known:
            entry = parts[index].entry
            assert entry is not None
            if entry.kind in ("country", "people", "capital"):
                is_last = index == known[-1]
                if country is None or (is_last and key is None and index > 0 and entry.kind == "country"):
                    country = adjective = entry.country
                    sector = sector or entry.sector
                    if kind in (ActorKind.NAME, ActorKind.PHRASE):
                        kind = _NAMED[entry.kind]
            elif entry.kind == "media":
                sector = entry.sector
            elif entry.is_named:
                if entry.kind == "organ" and adjective is not None and adjective != entry.country:
                    continue
                key, sector, kind = entry.id, entry.sector, _NAMED.get(entry.kind, ActorKind.NAME)
                country = entry.country or (country if entry.kind != "organisation" or self._is_led(reading, parts[index - 1]) else None)
            else:
                if sector is None or (
                    entry.sector not in (None, "UNK") and kind is not ActorKind.GROUP and not (key and entry.sector == "CVL")
                ):
                    sector = entry.sector or sector
                if kind not in (ActorKind.GROUP, ActorKind.ORGANISATION, ActorKind.ORGAN) and entry.kind != "part":
                    kind = ActorKind.ORGAN if country and entry.sector in _STATE_SECTORS else ActorKind.SIDE
        if key is None and country is not None and (sector is None or sector in _STATE_SECTORS):
            key = country
            sector = sector or "GOV"
        actor = Actor(text=reading.text(parts[0].first, parts[-1].last), id=key, country=country, sector=sector)
        return [_Phrase(parts[0].first, parts[-1].last, tuple(parts), actor, kind, determined)]

    def _is_led(self, reading: PhraseReading, part: Part) -> bool:
        """Whether a part says who leads what follows: "Saudi-led | coalition"."""
        return part.entry is not None and reading.folded[part.last] in self._lists["leading"]

    def _joined(self, reading: PhraseReading, phrases: list[_Phrase]) -> list[_Phrase]:
        """Phrases with the "of" phrase that belongs to them: "the president of France", "dozens of rebels"."""
        out: list[_Phrase] = []
        for phrase in phrases:
            before = out[-1] if out else None
            link = self._link(reading, before, phrase) if before is not None else ""
            speaks = link in self._lists["speaking"] and before is not None and reading.folded[before.last] in self._lists["speaks_for"]
            if before is not None and (speaks or link in self._lists["genitive"]):
                whole = self._of(reading, before, phrase)
                if whole is not None:
                    out[-1] = whole
                    continue
            out.append(phrase)
        return out

    def _link(self, reading: PhraseReading, one: _Phrase, other: _Phrase) -> str:
        """The one word between two phrases, a determiner aside; "" where more stands between them."""
        between = reading.folded[one.last + 1 : other.first]
        if len(between) > 1:
            between = [word for word in between if word not in self._determiners]
        return between[0] if len(between) == 1 and between[0] not in self._determiners else ""

    def _of(self, reading: PhraseReading, left: _Phrase, right: _Phrase) -> _Phrase | None:
        head = left.head.entry
        if left.head.possessive or (left.actor.country and right.actor.country and left.actor.country != right.actor.country):
            return None
        share = (head is not None and head.kind == "part") or left.kind is ActorKind.PHRASE
        actor = replace(right.actor, country=right.actor.country or left.actor.country) if share else _merged(left.actor, right.actor)
        if not share and left.kind is ActorKind.NAME and not right.head.cap and right.kind is not ActorKind.NAME:
            return None
        text = reading.text(left.first, right.last)
        kind = right.kind if share or left.kind in (ActorKind.NAME, ActorKind.PHRASE) else left.kind
        if kind is ActorKind.SIDE and actor.country and actor.sector in _STATE_SECTORS:
            kind = ActorKind.ORGAN
        if kind in (ActorKind.COUNTRY, ActorKind.PEOPLE, ActorKind.CAPITAL) and share:
            kind = ActorKind.SIDE if head is not None else ActorKind.PHRASE
        return _Phrase(left.first, right.last, left.parts + right.parts, replace(actor, text=text), kind, left.determined)

    def _apposed(self, reading: PhraseReading, phrases: list[_Phrase]) -> list[_Phrase]:
        """Phrases with what a comma or brackets say of them: "Isis-K, the Afghan branch of Islamic State"."""
        out: list[_Phrase] = []
        for phrase in phrases:
            before = out[-1] if out else None
            if before is not None and self._is_apposed(reading, before, phrase):
                last = phrase.last + (reading.folded[before.last + 1] == "(")
                actor = replace(_merged(before.actor, phrase.actor), text=reading.text(before.first, last))
                kind = before.kind if before.kind is not ActorKind.NAME else phrase.kind
                out[-1] = before._replace(last=last, actor=actor, kind=kind)
            else:
                out.append(phrase)
        return out

    def _is_apposed(self, reading: PhraseReading, one: _Phrase, other: _Phrase) -> bool:
        between = reading.folded[one.last + 1 : other.first]
        following = reading.folded[other.last + 1] if other.last + 1 < len(reading.folded) else "."
        if between == ["("] and following == ")":
            return other.first == other.last and reading.tokens[other.first].text.isupper()
        if not between or between[0] != "," or any(word not in self._determiners for word in between[1:]):
            return False
        if following in ("and", "or", "&") or (following == "," and len(between) == 1) or following in self._lists["saying"]:
            return False
        titled = other.actor.sector is not None and other.kind in (ActorKind.SIDE, ActorKind.ORGAN, ActorKind.GROUP)
        named = one.head.cap or one.kind in (ActorKind.ORGAN, ActorKind.GROUP)
        if len(between) > 1:
            return named and titled and one.kind is not ActorKind.COUNTRY
        return (
            following in (",", "who") and other.kind in (ActorKind.NAME, ActorKind.ORGAN) and one.kind in (ActorKind.SIDE, ActorKind.ORGAN)
        )

    def _shared(self, reading: PhraseReading, phrases: list[_Phrase]) -> list[_Phrase]:
        """Sides that take their country from what stands beside them: "Afghan government and security forces", "police in Mali"."""
        out = list(phrases)
        for index, phrase in enumerate(out):
            if phrase.kind is not ActorKind.SIDE or phrase.actor.country is not None:
                continue
            before, following = (out[index - 1] if index else None), (out[index + 1] if index + 1 < len(out) else None)
            country = None
            if before is not None and not phrase.determined and self._link(reading, before, phrase) in ("and", "or"):
                country = before.actor.country if before.actor.sector and before.kind is ActorKind.ORGAN else None
            if country is None and following is not None and phrase.actor.sector not in ("MIL", "GOV"):
                there = self._link(reading, phrase, following) in self._lists["locating"]
                country = following.actor.country if there and following.parts[0].entry is not None else None
            if country is not None:
                out[index] = phrase._replace(actor=replace(phrase.actor, country=country))
        return out

    def _stands(self, reading: PhraseReading, phrase: _Phrase) -> bool:
        """Whether the phrase can be an actor: a capital after "in" is a place, and a dateline is nobody."""
        if all(part.number or reading.folded[part.first] in self._lists["time"] for part in phrase.parts):
            return False
        if phrase.kind is not ActorKind.CAPITAL:
            return True
        if self._after(reading, phrase) in self._lists["local"] or phrase.head.entry is None:
            return False
        follows = reading.folded[phrase.last + 1 : phrase.last + 3]
        return not (phrase.first == 0 and follows and follows[0] in ("(", "-", "–", "—", ":"))

    def _after(self, reading: PhraseReading, phrase: _Phrase) -> str:
        at = phrase.first - 1
        while at >= 0 and reading.folded[at] in self._determiners:
            at -= 1
        return reading.folded[at] if at >= 0 and reading.folded[at] in self._lists["preposition"] else ""

    def _is_mark(self, reading: PhraseReading, part: Part) -> bool:
        return part.entry is None and not reading.tokens[part.first].text[0].isalnum()

    def _mention(self, reading: PhraseReading, phrase: _Phrase) -> ActorMention:
        return ActorMention(
            first=phrase.first,
            last=phrase.last,
            start=reading.tokens[phrase.first].start,
            end=reading.tokens[phrase.last].end,
            actor=phrase.actor,
            kind=phrase.kind,
            after=self._after(reading, phrase),
        )


def _merged(one: Actor, other: Actor) -> Actor:
    """What is said of one actor in two phrases; the first is believed where they differ."""
    sector = one.sector if one.sector not in (None, "UNK") else other.sector or one.sector
    country = one.country or other.country
    key = one.id or other.id
    if key is None and country and sector in _STATE_SECTORS:
        key = country
    if key is not None and len(key) == 3 and key == other.country and sector not in _STATE_SECTORS:
        key = one.id
    return Actor(text=one.text, id=key, country=country, sector=sector)
