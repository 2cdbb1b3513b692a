"""The lexicon: readable data files -> indexed patterns, word classes and cues, with the version they have together.

Shipped files lie in `processors/tag/lexicon/`; a user's files (`[lexicon] extra`) have the same shape and are read after
them. Whatever is wrong in a file is refused with file, line, key and remedy. The version is a hash of all that was read.
"""

from __future__ import annotations

import difflib
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from processors.tag.inflect import noun_forms, verb_forms
from processors.tag.patterns import NO_ACT, Pattern, PatternError, Phrase, elements
from processors.tag.tokens import Written
from tocsin.model import EventType, content_id
from tocsin.userfile import UserFileError

SHIPPED = Path(__file__).parent / "lexicon"
SHARED = ("plover.toml",)
LANGUAGE = (
    "grammar.toml",
    "idioms.toml",
    "acts_force.toml",
    "acts_pressure.toml",
    "acts_accord.toml",
    "governors.toml",
    "status.toml",
    "responses.toml",
    "senses.toml",
    "figures.toml",
    "means.toml",
    "chrome.toml",
)
"""The files every language pack has, under `lexicon/<language>/`."""


class Kind:
    """What a closed-class word can be, as bits: a word may be several ("that", "after")."""

    DETERMINER = 1
    PREPOSITION = 2
    SUBORDINATOR = 4
    COORDINATOR = 8
    PRONOUN = 16
    BE = 32
    HAVE = 64
    DO = 128
    MODAL = 256
    FUTURE = 512
    POSSIBLE = 1024
    MUST = 2048
    NEGATOR = 4096
    ADVERB = 8192
    TEMPORAL = 16384
    WEEKDAY = 32768


class LexiconError(UserFileError):
    """A lexicon file that cannot be used: the message names file, line, key and remedy."""


@dataclass(frozen=True)
class TypeFacts:
    """What PLOVER says of a type: its score, its own sign, and the score of each mode."""

    score: float
    sign: str
    modes: Mapping[str, float]


@dataclass(frozen=True)
class Sense:
    """A governor's sense: what the whole becomes by the side of the act it governs."""

    name: str
    takes: frozenset[str]
    conflict: str
    cooperation: str
    other: str


@dataclass(frozen=True)
class Topic:
    """Another kind of news that borrows our words: its words, and how many of them tell it."""

    name: str
    words: frozenset[str]
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class Lexicon:
    """Everything the tagger knows of the language, read once and never changed."""

    version: str
    types: Mapping[str, TypeFacts]
    kinds: Mapping[str, int]
    verbs: Mapping[str, int]
    """Every form of every verb -> what form it is."""
    intransitive: frozenset[str]
    nouns: frozenset[str]
    """Words that look like a form of a verb and are a noun as often, singular and plural."""
    verb_acts: Mapping[str, tuple[Pattern, ...]]
    noun_acts: Mapping[str, tuple[Pattern, ...]]
    verb_governors: Mapping[str, tuple[Pattern, ...]]
    noun_governors: Mapping[str, tuple[Pattern, ...]]
    senses: Mapping[str, Sense]
    cues: Mapping[str, tuple[Phrase, ...]]
    topics: tuple[Topic, ...]
    words: Mapping[str, frozenset[str]]
    """Named word lists for single purposes ("armed", "rulers")."""
    means: Mapping[str, frozenset[str]]
    """Mode of assault -> the words of the force it is done with."""
    chrome: Mapping[str, tuple[str, ...]]
    """How lines begin that are not the story; see `chrome.story_ranges`."""

    @cached_property
    def weapons(self) -> frozenset[str]:
        """The words of all means of force."""
        return frozenset().union(*self.means.values())

    @cached_property
    def force_nouns(self) -> frozenset[str]:
        """The nouns that alone tell force."""
        alone = (word for word, patterns in self.noun_acts.items() for one in patterns if one.value[0] == "ASSAULT" and not one.tail)
        return frozenset(alone)

    @cached_property
    def cue_heads(self) -> Mapping[str, tuple[tuple[str, Phrase], ...]]:
        """First word of a cue -> (name of the cue list, phrase), so that one pass finds them all."""
        heads: dict[str, list[tuple[str, Phrase]]] = defaultdict(list)
        for name, phrases in self.cues.items():
            for phrase in phrases:
                heads[phrase[0]].append((name, phrase))
        return {word: tuple(sorted(found, key=lambda pair: -len(pair[1]))) for word, found in heads.items()}


def load(extra: Iterable[Path] = (), language: str = "en") -> Lexicon:
    """The shipped lexicon of a language with a user's files after it.

    Raises:
        LexiconError: a file is missing, is no TOML, or says something the tagger does not know.
    """
    shipped = [SHIPPED / name for name in SHARED] + [SHIPPED / language / name for name in LANGUAGE]
    sources = [_File(path) for path in (*shipped, *extra)]
    return _Builder(sources).build()


def split(words: str) -> Phrase:
    """Written words as the tokens the tagger will see.

    >>> split("carpet-bomb")
    ('carpet', '-', 'bomb')
    """
    return tuple(Written(words).lower)


class _File:
    """One TOML file, with the line of any value in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text("utf-8")
        except OSError as wrong:
            raise LexiconError(f"{path}: cannot be read ({wrong.strerror}); correct the path under [lexicon] extra") from None
        except UnicodeDecodeError as wrong:
            raise LexiconError(f"{path}: is not UTF-8 (byte {wrong.start}); save it as UTF-8") from None
        try:
            self.data: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as wrong:
            raise LexiconError(f"{path}: is no TOML: {wrong}") from None

    def wrong(self, key: str, value: str, why: str) -> LexiconError:
        at = self.text.find(f'"{value}"')
        line = f", line {self.text.count(chr(10), 0, at) + 1}" if at >= 0 else ""
        return LexiconError(f'{self.path}{line}: {key} = "{value}": {why}')

    def unknown(self, key: str, known: Iterable[str]) -> LexiconError:
        near = difflib.get_close_matches(key.rpartition(".")[2], [name.rpartition(".")[2] for name in known], n=1)
        hint = f'did you mean "{near[0]}"?' if near else "known here: " + ", ".join(sorted(known))
        at = self.text.find(key.rpartition(".")[2])
        line = self.text.count("\n", 0, max(at, 0)) + 1
        return LexiconError(f"{self.path}, line {line}: unknown key {key}; {hint}")


_TABLES = frozenset("language types words verbs nouns classes act idiom governor cues topics lists chrome means".split())
_ACT_KEYS = frozenset({"type", "mode", "verb", "noun"})
_IDIOM_KEYS = frozenset({"verb", "noun"})
_GOVERNOR_KEYS = frozenset({"sense", "verb", "noun", "takes", "conflict", "cooperation", "other"})


class _Builder:
    """Reads the files in order into one lexicon."""

    def __init__(self, sources: Sequence[_File]) -> None:
        self.sources = sources
        self.types: dict[str, TypeFacts] = {}
        self.kinds: dict[str, int] = defaultdict(int)
        self.verbs: dict[str, int] = defaultdict(int)
        self.irregular: dict[str, tuple[str, str]] = {}
        self.doubling: frozenset[str] = frozenset()
        self.plurals: dict[str, str] = {}
        self.intransitive: set[str] = set()
        self.nouns: set[str] = set()
        self.classes: dict[str, frozenset[Phrase]] = {}
        self.patterns: dict[str, dict[str, list[Pattern]]] = {
            kind: defaultdict(list) for kind in ("verb_acts", "noun_acts", "verb_governors", "noun_governors")
        }
        self.senses: dict[str, Sense] = {}
        self.cues: dict[str, list[Phrase]] = defaultdict(list)
        self.topics: dict[str, tuple[set[str], list[Phrase]]] = {}
        self.lists: dict[str, set[str]] = defaultdict(set)
        self.means: dict[str, frozenset[str]] = {}
        self.chrome: dict[str, tuple[str, ...]] = {}
        self.order = 0

    def build(self) -> Lexicon:
        for source in self.sources:
            for key in source.data:
                if key not in _TABLES:
                    raise source.unknown(key, _TABLES)
        for source in self.sources:
            self._read_words(source)
        for source in self.sources:
            self._read_patterns(source)
        return Lexicon(
            version=content_id(*(source.text for source in self.sources))[:12],
            types=self.types,
            kinds=dict(self.kinds),
            verbs=dict(self.verbs),
            intransitive=frozenset(self.intransitive),
            nouns=frozenset(self.nouns | set(self.patterns["noun_acts"])),
            senses=self.senses,
            cues={name: tuple(phrases) for name, phrases in self.cues.items()},
            topics=tuple(Topic(name, frozenset(words), tuple(phrases)) for name, (words, phrases) in sorted(self.topics.items())),
            words={name: frozenset(words) for name, words in self.lists.items()},
            means=self.means,
            chrome=self.chrome,
            **{
                kind: {word: tuple(sorted(found, key=lambda p: (-p.weight, p.order))) for word, found in index.items()}
                for kind, index in self.patterns.items()
            },
        )

    def _read_words(self, source: _File) -> None:
        data = source.data
        for name, facts in data.get("types", {}).items():
            self.types[name] = TypeFacts(facts["score"], facts["sign"], facts["modes"])
        known = {name.lower() for name in vars(Kind) if name.isupper()}
        for name, words in data.get("words", {}).items():
            if name not in known:
                raise source.unknown(f"words.{name}", known)
            for word in words.split():
                self.kinds[word] |= getattr(Kind, name.upper())
        for name, phrases in data.get("classes", {}).items():
            self.classes[name] = self.classes.get(name, frozenset()) | {split(word.replace("_", " ")) for word in phrases.split()}
        verbs = data.get("verbs", {})
        for line in verbs.get("irregular", ()):
            base, past, participle = line.split()
            self.irregular[base] = (past, participle)
        self.doubling |= frozenset(verbs.get("doubling", "").split())
        for line in data.get("nouns", {}).get("irregular", ()):
            singular, plural = line.split()
            self.plurals[singular] = plural
        for name, phrases in data.get("cues", {}).items():
            self.cues[name].extend(split(phrase) for phrase in phrases)
        for name, words in data.get("lists", {}).items():
            self.lists[name] |= set(words.split())
        for mode, words in data.get("means", {}).items():
            if mode not in self.types["ASSAULT"].modes:
                raise source.unknown(f"means.{mode}", self.types["ASSAULT"].modes)
            self.means[mode] = self.means.get(mode, frozenset()) | set(words.split())
        for name, beginnings in data.get("chrome", {}).items():
            self.chrome[name] = (*self.chrome.get(name, ()), *beginnings)
        for name, topic in data.get("topics", {}).items():
            words, phrases = self.topics.setdefault(name, (set(), []))
            for word in topic.get("words", "").split():
                if word.isalnum():
                    words.add(word)
                else:
                    phrases.append(split(word))
            phrases.extend(split(phrase) for phrase in topic.get("phrases", ()))

    def _read_patterns(self, source: _File) -> None:
        verbs = source.data.get("verbs", {})
        for base in verbs.get("general", "").split():
            self._learn(base)
        for base in verbs.get("intransitive", "").split():
            self.intransitive |= set(verb_forms(base, self.irregular, self.doubling))
        for idiom in source.data.get("idiom", ()):
            for key in idiom:
                if key not in _IDIOM_KEYS:
                    raise source.unknown(f"idiom.{key}", _IDIOM_KEYS)
            self._add("acts", source, idiom, NO_ACT)
        for noun in source.data.get("nouns", {}).get("also", "").split():
            self.nouns |= set(noun_forms(noun, self.plurals))
        for act in source.data.get("act", ()):
            self._check_act(source, act)
            value = (act["type"], act.get("mode", ""))
            self._add("acts", source, act, value)
        for governor in source.data.get("governor", ()):
            for key in governor:
                if key not in _GOVERNOR_KEYS:
                    raise source.unknown(f"governor.{key}", _GOVERNOR_KEYS)
            name = governor["sense"]
            self.senses.setdefault(
                name,
                Sense(
                    name,
                    frozenset(governor.get("takes", ())),
                    governor.get("conflict", ""),
                    governor.get("cooperation", ""),
                    governor.get("other", ""),
                ),
            )
            self._add("governors", source, governor, (name, ""))

    def _check_act(self, source: _File, act: dict[str, Any]) -> None:
        for key in act:
            if key not in _ACT_KEYS:
                raise source.unknown(f"act.{key}", _ACT_KEYS)
        named = act.get("type", "")
        if named not in EventType.__members__:
            near = difflib.get_close_matches(str(named).upper(), EventType.__members__, n=1)
            remedy = f'did you mean "{near[0]}"?' if near else "use one of " + ", ".join(EventType.__members__)
            raise source.wrong("type", named, f"is no PLOVER type; {remedy}")
        mode = act.get("mode", "")
        if mode and mode not in self.types[named].modes:
            modes = ", ".join(sorted(self.types[named].modes)) or "none"
            raise source.wrong("mode", mode, f"is no mode of {named}; its modes: {modes}")

    def _add(self, what: str, source: _File, entry: Mapping[str, Any], value: tuple[str, str]) -> None:
        for written in entry.get("verb", ()):
            for word, pattern in self._verb(source, written, value):
                self.patterns[f"verb_{what}"][word].append(pattern)
        for written in entry.get("noun", ()):
            for word, pattern in self._noun(source, written, value):
                self.patterns[f"noun_{what}"][word].append(pattern)

    def _learn(self, base: str) -> dict[str, int]:
        forms = verb_forms(base, self.irregular, self.doubling)
        for word, form in forms.items():
            first, *rest = split(word)
            if not rest:  # "air" is no verb because "air-drop" is one
                self.verbs[first] |= form
        return forms

    def _parse(self, source: _File, kind: str, written: str) -> tuple[tuple[Phrase, ...], ...]:
        try:
            return elements(written, self.classes, split)
        except PatternError as wrong:
            raise source.wrong(kind, written, str(wrong)) from None

    def _verb(self, source: _File, written: str, value: tuple[str, str]) -> Iterator[tuple[str, Pattern]]:
        first, *rest = self._parse(source, "verb", written)
        self.order += 1
        head = written.split(maxsplit=1)[0].split("|", maxsplit=1)[0].split("_")
        be = head[0] == "be"
        forms = dict.fromkeys("be is are was were been being 's 're".split(), 0) if be else self._learn(head[0])
        for phrase in first if len(first) > 1 else (split(" ".join(head)),):
            stem = split(head[0])
            for word in forms:
                whole = split(word) + phrase[len(stem) :]
                yield whole[0], self._compile(written, value, whole, rest)

    def _noun(self, source: _File, written: str, value: tuple[str, str]) -> Iterator[tuple[str, Pattern]]:
        first, *rest = self._parse(source, "noun", written)
        self.order += 1
        for phrase in first:
            for last in noun_forms(phrase[-1], self.plurals):
                whole = (*phrase[:-1], last)
                yield whole[0], self._compile(written, value, whole, rest)

    def _compile(self, written: str, value: tuple[str, str], whole: Phrase, rest: Sequence[tuple[Phrase, ...]]) -> Pattern:
        tail = (whole,) if len(whole) > 1 else ()
        return Pattern(written, value, tail, tuple(rest), 2 * len(rest) + len(whole), self.order)
