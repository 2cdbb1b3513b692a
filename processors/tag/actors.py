"""Sentence -> mentions of actors: who is named, as which noun phrase, of which country and sector.

Names are looked up first; the words between two boundaries (prepositions, verbs, marks, the words of an act) then form one
noun phrase, and everything in it speaks for one actor: "French Foreign Minister Laurent Fabius" is FRA GOV. Phrases that hold no
known name are given as candidates of lower rank, for an act that needs a side. Linear in the length of the sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from processors.tag.names import SHIPPED, Entry, Looked, Names, word_lists
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


@dataclass(frozen=True, slots=True)
class PhraseWords:
    """The words that end a noun phrase, as the grammar of the language gives them (all in lower case)."""

    closed: AbstractSet[str]
    """Closed-class words but determiners: prepositions, conjunctions, pronouns, auxiliaries, adverbs, names of days."""
    verbs: Container[str]
    """Verb forms that are no noun: past tense and participles, and forms of verbs that are never nouns."""
    doubtful: Container[str]
    """Verb forms that can be nouns ("reports", "attack"): they end a phrase that already has its name."""


_STATE_SECTORS = frozenset({"GOV", "MIL", "SPY", "COP", "JUD", "LEG"})
_NAMED = {
    "country": ActorKind.COUNTRY,
    "people": ActorKind.PEOPLE,
    "capital": ActorKind.CAPITAL,
    "organ": ActorKind.ORGAN,
    "group": ActorKind.GROUP,
    "organisation": ActorKind.ORGANISATION,
}
_HYPHENS = frozenset("-–‑")
_BETWEEN_WORDS = frozenset("-–'’/.&")


class _Part(NamedTuple):
    """Some tokens of a phrase that are read as one: a name, a role, or a word not known."""

    first: int
    last: int
    entry: Entry | None = None
    cap: bool = False
    number: bool = False
    possessive: bool = False


class _Phrase(NamedTuple):
    """A noun phrase and what it resolves to."""

    first: int
    last: int
    parts: tuple[_Part, ...]
    actor: Actor
    kind: ActorKind
    determined: bool

    @property
    def head(self) -> _Part:
        return self.parts[-1]


class ActorFinder:
    """Finds the actors of a sentence. Holds nothing but its lexicon; never raises on any sentence."""

    def __init__(self, names: Names, words: PhraseWords) -> None:
        self._names = names
        self._words = words
        lists = word_lists(SHIPPED / "phrases.toml")
        self._lists: Mapping[str, frozenset[str]] = lists
        self._determiners = lists["determiner"]
        closed = (self._determiners | words.closed) - names.heads
        self._little = frozenset(word for word in closed if word[0].isalnum())
        """Words of which none stands in a phrase."""

    def find(self, sentence: Sentence, acts: Collection[int] = ()) -> list[ActorMention]:
        """The actors in the order of the text.

        `acts` are the indices of tokens that belong to an act or any other trigger: no actor reaches across one.
        """
        return self.among(Looked(sentence, self._names), acts)

    def among(self, looked: Looked, acts: Collection[int] = ()) -> list[ActorMention]:
        """The same of a sentence whose names are looked up."""
        reading = _Reading(looked, acts)
        phrases = self._phrases(reading)
        phrases = self._joined(reading, phrases)
        phrases = self._apposed(reading, phrases)
        phrases = self._shared(reading, phrases)
        return [self._mention(reading, phrase) for phrase in phrases if self._stands(reading, phrase)]

    # --- words -> phrases

    def _phrases(self, reading: _Reading) -> list[_Phrase]:
        """Noun phrases without their "of", one after the other."""
        found: list[_Phrase] = []
        held: list[_Part] = []
        determined = False

        def close() -> None:
            nonlocal held, determined
            if held:
                found.extend(self._resolve(reading, held, determined))
            held, determined = [], False

        at = 0
        while at < len(reading.tokens):
            if at in reading.act_set or reading.folded[at] in self._little:
                step, part = 1, None
            else:
                step, part = self._part(reading, at, held, determined)
            if part is None:
                if held:
                    close()
                determined = step == 1 and reading.folded[at] in self._determiners
            else:
                held.append(part)
                if part.entry is not None and self._divides(held):
                    last = held.pop()
                    close()
                    held = [last]
            at += step
        close()
        return found

    def _part(self, reading: _Reading, at: int, held: Sequence[_Part], determined: bool) -> tuple[int, _Part | None]:
        """How many tokens to go on, and the part of a phrase they are; None where they end it. No act stands at `at`."""
        word, is_capitalised = reading.folded[at], reading.capitalised[at]
        known = reading.sure_names.get(at)
        if known is not None:
            end, entry = known
            end = min(end, reading.next_act(at, end))
            if end == known[0] and self._is_itself(reading, at, end, entry):
                compound = self._compound(reading, at, end, entry)
                if compound is not None:
                    return compound
                if entry.kind != "nobody":
                    return end - at, _Part(at, end - 1, entry, cap=is_capitalised, possessive=reading.is_owner(end - 1))
                return end - at, _Part(at, end - 1, cap=True)
        if word in self._determiners or word in self._words.closed or not word[:1].isalnum():
            joins = held and (reading.is_owner(at - 1) or (reading.tokens[at].text in _BETWEEN_WORDS and reading.is_tight(at)))
            return (1, _Part(at, at)) if joins else (1, None)
        if word[0].isdigit():
            return 1, _Part(at, at, number=True)
        if self._ends(reading, at, held, determined):
            return 1, None
        compound = self._compound(reading, at, at + 1, None)
        if compound is not None:
            return compound
        last = self._chain(reading, at)
        return last + 1 - at, _Part(at, last, cap=is_capitalised and not reading.titled, possessive=reading.is_owner(last))

    def _chain(self, reading: _Reading, at: int) -> int:
        """The last token of unknown words joined by hyphens: "tit-for-tat"."""
        last = at
        while last + 2 < len(reading.tokens) and last + 1 in reading.hyphens and reading.next_act(last + 1, last + 3) == last + 3:
            if last + 2 in reading.names:
                break
            last += 2
        return last

    def _ends(self, reading: _Reading, at: int, held: Sequence[_Part], determined: bool) -> bool:
        """Whether an unknown word is a verb and ends the phrase."""
        word = reading.tokens[at].lower
        if reading.capitalised[at] and not reading.titled and at > 0:
            return False
        opening = not held or all(part.number for part in held)
        if word in self._words.verbs:
            return not (opening and determined)
        if word.endswith("ed") and len(word) > 4:
            return not opening
        if word.endswith("ing") and len(word) > 5:
            return not opening
        if word in self._words.doubtful:
            return any(part.entry is not None for part in held) or any(part.cap for part in held)
        return word.endswith("ly") and len(word) > 5

    def _compound(self, reading: _Reading, at: int, end: int, entry: Entry | None) -> tuple[int, _Part | None] | None:
        """Words joined by a hyphen: "US-led" keeps its country, "Iran-backed" and "anti-government" are mere adjectives."""
        if end not in reading.hyphens:
            return None
        tail, first = reading.folded[end + 1], reading.folded[at]
        if first in self._lists["apart"]:
            last = end + 1
            known = reading.names.get(end + 1)
            if known is not None:
                last = known[0] - 1
            kept = known[1] if known is not None and first in ("ex", "non") else None
            return last + 1 - at, _Part(at, last, kept)
        if tail in self._lists["neutral"]:
            return end + 2 - at, _Part(at, end + 1)
        if tail in self._lists["leading"]:
            return end + 2 - at, _Part(at, end + 1, entry)
        return None

    def _is_itself(self, reading: _Reading, at: int, end: int, entry: Entry) -> bool:
        """Whether a name that others bear too stands here for the one we know: "Jordan", and not "Michael Jordan"."""
        word = reading.folded[at]
        if entry.is_role or end - at > 1 or entry.kind == "nobody":
            return True
        if word == "georgia":
            near = set(reading.folded)
            if near & self._lists["american"] and not near & self._lists["caucasian"]:
                return False
        if word == "turkey" and set(reading.folded) & self._lists["poultry"]:
            return False
        if word not in self._lists["borne"] or reading.titled:
            return True
        return not (self._is_strange(reading, at - 1) or (not reading.is_owner(at) and self._is_strange(reading, end)))

    def _is_strange(self, reading: _Reading, at: int) -> bool:
        """Whether a capitalised word that is no known name and no opening of the sentence stands at `at`."""
        if not 0 <= at < len(reading.tokens):
            return False
        token, word = reading.tokens[at], reading.folded[at]
        if not token.is_capitalised or reading.is_owner(at) or word in self._words.closed or word in self._determiners:
            return False
        if word in self._lists["courtesy"] or (at == 0 and (word in self._words.verbs or word in self._words.doubtful)):
            return False
        return at not in reading.names

    @staticmethod
    def _divides(held: Sequence[_Part]) -> bool:
        """Whether the last part begins another actor: two countries side by side, or joined by a hyphen, are two."""
        if len(held) < 2 or held[-1].entry is None:
            return False
        entry = held[-1].entry
        if entry.kind not in ("country", "people", "capital"):
            return False
        before = held[-2].entry
        if before is None and len(held) > 2 and held[-2].first == held[-2].last:
            before = held[-3].entry if not held[-2].cap and not held[-2].number and held[-2].first == held[-1].first - 1 else None
            return before is not None and before.kind in ("country", "people", "capital") and held[-3].last == held[-1].first - 2
        return before is not None and before.kind in ("country", "capital") and not held[-2].possessive

    # --- phrases -> actors

    def _resolve(self, reading: _Reading, parts: list[_Part], determined: bool) -> list[_Phrase]:
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

    def _is_led(self, reading: _Reading, part: _Part) -> bool:
        """Whether a part says who leads what follows: "Saudi-led | coalition"."""
        return part.entry is not None and reading.folded[part.last] in self._lists["leading"]

    def _joined(self, reading: _Reading, phrases: list[_Phrase]) -> list[_Phrase]:
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

    def _link(self, reading: _Reading, one: _Phrase, other: _Phrase) -> str:
        """The one word between two phrases, a determiner aside; "" where more stands between them."""
        between = reading.folded[one.last + 1 : other.first]
        if len(between) > 1:
            between = [word for word in between if word not in self._determiners]
        return between[0] if len(between) == 1 and between[0] not in self._determiners else ""

    def _of(self, reading: _Reading, left: _Phrase, right: _Phrase) -> _Phrase | None:
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

    def _apposed(self, reading: _Reading, phrases: list[_Phrase]) -> list[_Phrase]:
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

    def _is_apposed(self, reading: _Reading, one: _Phrase, other: _Phrase) -> bool:
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

    def _shared(self, reading: _Reading, phrases: list[_Phrase]) -> list[_Phrase]:
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

    def _stands(self, reading: _Reading, phrase: _Phrase) -> bool:
        """Whether the phrase can be an actor: a capital after "in" is a place, and a dateline is nobody."""
        if all(part.number or reading.folded[part.first] in self._lists["time"] for part in phrase.parts):
            return False
        if phrase.kind is not ActorKind.CAPITAL:
            return True
        if self._after(reading, phrase) in self._lists["local"] or phrase.head.entry is None:
            return False
        follows = reading.folded[phrase.last + 1 : phrase.last + 3]
        return not (phrase.first == 0 and follows and follows[0] in ("(", "-", "–", "—", ":"))

    def _after(self, reading: _Reading, phrase: _Phrase) -> str:
        at = phrase.first - 1
        while at >= 0 and reading.folded[at] in self._determiners:
            at -= 1
        return reading.folded[at] if at >= 0 and reading.folded[at] in self._lists["preposition"] else ""

    def _is_mark(self, reading: _Reading, part: _Part) -> bool:
        return part.entry is None and not reading.tokens[part.first].text[0].isalnum()

    def _mention(self, reading: _Reading, phrase: _Phrase) -> ActorMention:
        return ActorMention(
            first=phrase.first,
            last=phrase.last,
            start=reading.tokens[phrase.first].start,
            end=reading.tokens[phrase.last].end,
            actor=phrase.actor,
            kind=phrase.kind,
            after=self._after(reading, phrase),
        )


class _Reading:
    """One sentence while it is read: its tokens, their folded words, and what is to be known of the whole."""

    def __init__(self, looked: Looked, acts: Collection[int]) -> None:
        self.tokens = looked.tokens
        self.folded = looked.folded
        self.titled = looked.titled
        self.names = looked.names
        self.sure_names = looked.sure_names
        self.act_set = frozenset(acts)
        self.capitalised = looked.capitalised
        marks = [at for at, token in enumerate(looked.tokens) if token.text in _HYPHENS]
        self.hyphens = frozenset(at for at in marks if self.is_tight(at))
        """The hyphens that join what stands on their two sides."""

    def next_act(self, start: int, end: int) -> int:
        return next((at for at in range(start, end) if at in self.act_set), end)

    def is_tight(self, at: int) -> bool:
        """Whether no space stands on either side of the token."""
        tokens = self.tokens
        return 0 < at < len(tokens) - 1 and tokens[at - 1].end == tokens[at].start and tokens[at].end == tokens[at + 1].start

    def is_owner(self, at: int) -> bool:
        """Whether the word at `at` is followed by "'s", or ends in "s" and is followed by an apostrophe."""
        if at + 1 >= len(self.tokens) or self.tokens[at + 1].start != self.tokens[at].end:
            return False
        mark = self.tokens[at + 1].lower
        return mark == "'s" or (mark == "'" and self.folded[at].endswith("s"))

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
