"""Another language through the same rules: each of its words stands for a word the rules are written in, at its own place.

A glossary is a data file. It changes what a token is compared by (`Token.lower`) and never what it says (`Token.text`, offsets), so quotes
stay the words of the item, and acts, actors, places, numbers and status are found by the very same rules.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from processors.tag.names import NamesError, fold, rows, spellings
from processors.tag.tokens import Sentence, Token, tokenize

SHIPPED = Path(__file__).parent / "lexicon"
ENGLISH = ("the", "of", "and", "to", "in", "for", "on")
"""Little words of the language the rules are written in: text that has as many of these is not another language's."""
_SHORT = 160
"""Characters of a headline."""
_READ = 2000
"""Characters by which the language of an item is told."""
_KINDS = frozenset({"mark", "word", "phrase", "verb"})
_PERSONAL = frozenset({"a", "al"})
_FOREIGN = "·"
"""Stands behind a word the glossary lacks, so that it is not taken for an English word that is spelled alike ("once", "son")."""

_FUTURE = ("a", "an")
"""Endings that set an infinitive in the future: "atacará", "atacarán"."""
_STRESSED = ("ó", "á", "é", "í")
"""How forms of verbs end that only an accent tells from a noun: "bombardeó", bombed, but "bombardeo", bombing."""
_WILL = "will"
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
"""A number with points between its thousands, which a comma parts in English."""

_ENDINGS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ar": (("ar",), ("a", "an"), ("o", "aron", "aba", "aban"), ("ado", "ada", "ados", "adas"), ("ando",)),
    "er": (("er",), ("e", "en"), ("io", "ieron", "ia", "ian"), ("ido", "ida", "idos", "idas"), ("iendo",)),
    "ir": (("ir",), ("e", "en"), ("io", "ieron", "ia", "ian"), ("ido", "ida", "idos", "idas"), ("iendo",)),
}
"""Infinitive -> endings of: infinitive, present, past, participle, gerund (third person, without accents), of regular verbs."""


class _Entry(NamedTuple):
    """Words of the language and their meaning. `takes_object`: a personal "a" behind them belongs to them. `is_apart`: the words of the
    meaning are told one by one, even where fewer stand in the text.
    """

    written: str
    meaning: str
    takes_object: bool = False
    is_apart: bool = False


class Glossary:
    """The words of one language. Immutable once built; reading a sentence is linear in it."""

    def __init__(self, language: str, marks: Iterable[str], entries: Iterable[_Entry]) -> None:
        self.language = language
        self._marks = tuple(marks)
        index: dict[str, list[tuple[tuple[str, ...], _Entry]]] = defaultdict(list)
        for entry in entries:
            first, *rest = (fold(token.text) for token in tokenize(entry.written))
            index[first].append((tuple(rest), entry))
        self._index = {word: sorted(found, key=lambda entry: -len(entry[0])) for word, found in index.items()}

    def is_spoken(self, text: str) -> bool:
        """Whether a casefolded text is in this language: it has several of its little words, and hardly any English ones."""
        padded = f" {text[:_READ]} "
        apart = set(padded.split(" "))
        ours = sum(padded.count(f" {mark} ") for mark in self._marks if mark in apart)
        if ours < 2:
            return len(text) < _SHORT and apart.isdisjoint(ENGLISH) and self._knows_most(text)
        return ours > 2 * sum(padded.count(f" {word} ") for word in ENGLISH if word in apart)

    def _knows_most(self, text: str) -> bool:
        """Whether most words of a text too short for little words are in the glossary, one of them in letters English has not."""
        words = [token.text for token in tokenize(text) if token.text[0].isalpha()]
        foreign = any(not word.isascii() and fold(word) in self._index for word in words)
        return foreign and 2 * sum(fold(word) in self._index for word in words) > len(words)

    def read(self, sentence: Sentence) -> Sentence:
        """The sentence with the meaning of each token as its `lower`; words that belong together become one token."""
        tokens = tuple(self._tokens(sentence.tokens))
        return Sentence(sentence.field, sentence.index, tuple(token.lower for token in tokens), lambda: tokens)

    def words(self, text: str) -> str:
        """The meanings of a text, for filters that look at the words of an item as a whole."""
        return " ".join(token.lower for token in self._tokens(tuple(tokenize(text))))

    def _tokens(self, tokens: tuple[Token, ...]) -> Iterator[Token]:
        folded = [fold(token.text) for token in tokens]
        at = 0
        while at < len(tokens):
            found = self._match(tokens, folded, at)
            if found is None:
                yield self._unknown(tokens[at])
                at += 1
            else:
                end, entry = found
                merge = _apart if entry.is_apart else _merged
                yield from merge(tokens[at:end], tuple(entry.meaning.split()))
                at = end

    def _match(self, tokens: tuple[Token, ...], folded: list[str], at: int) -> tuple[int, _Entry] | None:
        fits = [entry for entry in self._index.get(folded[at], ()) if tuple(folded[at + 1 : at + 1 + len(entry[0])]) == entry[0]]
        if not fits:
            return None
        rest = fits[0][0]
        stressed = tokens[at].text.endswith(_STRESSED)
        alike = [entry for words, entry in fits if len(words) == len(rest)]
        entry = next((entry for entry in alike if entry.takes_object is stressed), alike[0])
        end = at + 1 + len(rest)
        return (end + 1 if entry.takes_object and end < len(folded) - 1 and folded[end] in _PERSONAL else end), entry

    @staticmethod
    def _unknown(token: Token) -> Token:
        if _THOUSANDS.fullmatch(token.text):
            return token._replace(lower=token.text.replace(".", ","))
        if token.is_capitalised or not token.text[0].isalpha():
            return token
        ending = "ly" if token.lower.endswith("mente") else ""
        return token._replace(lower=f"{token.lower}{_FOREIGN}{ending}")


def _merged(tokens: tuple[Token, ...], meaning: tuple[str, ...]) -> Iterator[Token]:
    """The tokens with the words of a meaning, one each; the last token takes all that are left over on either side."""
    count = min(len(tokens), len(meaning))
    for index in range(count):
        last = index == count - 1
        first, end = tokens[index], tokens[-1] if last else tokens[index]
        word = " ".join(meaning[index:]) if last else meaning[index]
        text = first.text if end is first else " ".join(token.text for token in tokens[index:])
        yield Token(text, word, first.start, end.end)


def _contracted(written: str) -> tuple[str, ...]:
    """A spelling, and the same before an article: "después de", "después del"."""
    return (written, f"{written}l") if written.endswith((" de", " a")) else (written,)


def _apart(tokens: tuple[Token, ...], meaning: tuple[str, ...]) -> Iterator[Token]:
    """The tokens with the words of a meaning, one each; words that are left over stand where the last token does, in order."""
    lead = len(tokens) - 1 if len(meaning) >= len(tokens) else len(meaning) - 1
    for index in range(lead):
        yield tokens[index]._replace(lower=meaning[index])
    rest = tokens[lead:]
    whole = rest[0] if len(rest) == 1 else Token(" ".join(token.text for token in rest), "", rest[0].start, rest[-1].end)
    for word in meaning[lead:]:
        yield whole._replace(lower=word)


def load(language: str, folder: Path = SHIPPED) -> Glossary:
    """The glossary of a language.

    Raises:
        NamesError: a line with too few columns, an unknown kind, or a verb that is no infinitive with five forms.
    """
    path = folder / language / "glossary.tsv"
    marks: list[str] = []
    entries: list[_Entry] = []
    for number, (kind, meaning, written) in rows(path, 3):
        if kind not in _KINDS:
            raise NamesError(f'{path}, line {number}: kind "{kind}" is not known; use one of {", ".join(sorted(_KINDS))}')
        if kind == "mark":
            marks += spellings(written)
        elif kind in ("word", "phrase"):
            entries += [_Entry(spelling, meaning, is_apart=kind == "phrase") for one in spellings(written) for spelling in _contracted(one)]
        else:
            forms = meaning.split("|")
            head, _, tail = written.partition(" ")
            endings = _ENDINGS.get(head[-2:])
            if len(forms) != 5 or endings is None:
                raise NamesError(f'{path}, line {number}: "{meaning}" needs five forms, and "{written}" must be an infinitive')
            for form, ends in zip(forms, endings, strict=True):
                entries += [_Entry(f"{head[:-2]}{end} {tail}".strip(), form, True, is_apart=True) for end in ends]
            entries += [_Entry(f"{head}{end} {tail}".strip(), f"{_WILL} {forms[0]}", True, is_apart=True) for end in _FUTURE]
    return Glossary(language, marks, entries)
