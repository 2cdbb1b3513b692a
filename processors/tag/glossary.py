"""Another language through the same rules: each of its words stands for a word the rules are written in, at its own place.

A glossary is a data file. It changes what a token is compared by (`Token.lower`) and never what it says (`Token.text`, offsets), so quotes
stay the words of the item, and acts, actors, places, numbers and status are found by the very same rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from processors.tag.names import NamesError, fold, rows, spellings
from processors.tag.tokens import Sentence, Token, tokenize

SHIPPED = Path(__file__).parent / "lexicon"
ENGLISH = ("the", "of", "and", "to", "in", "for", "on")
"""Little words of the language the rules are written in: text that has as many of these is not another language's."""
_READ = 2000
"""Characters by which the language of an item is told."""
_KINDS = frozenset({"mark", "word", "verb"})
_PERSONAL = frozenset({"a", "al"})
_FOREIGN = "·"
"""Stands behind a word the glossary lacks, so that it is not taken for an English word that is spelled alike ("once", "son")."""

_ENDINGS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ar": (("ar",), ("a", "an"), ("o", "aron", "aba", "aban"), ("ado", "ada", "ados", "adas"), ("ando",)),
    "er": (("er",), ("e", "en"), ("io", "ieron", "ia", "ian"), ("ido", "ida", "idos", "idas"), ("iendo",)),
    "ir": (("ir",), ("e", "en"), ("io", "ieron", "ia", "ian"), ("ido", "ida", "idos", "idas"), ("iendo",)),
}
"""Infinitive -> endings of: infinitive, present, past, participle, gerund (third person, without accents), of regular verbs."""


class Glossary:
    """The words of one language. Immutable once built; reading a sentence is linear in it."""

    def __init__(self, language: str, marks: Iterable[str], entries: Iterable[tuple[str, str, bool]]) -> None:
        self.language = language
        self._marks = tuple(f" {mark} " for mark in marks)
        index: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], bool]]] = defaultdict(list)
        for written, meaning, takes_object in entries:
            first, *rest = (fold(token.text) for token in tokenize(written))
            index[first].append((tuple(rest), tuple(meaning.split()), takes_object))
        self._index = {word: sorted(found, key=lambda entry: -len(entry[0])) for word, found in index.items()}

    def is_spoken(self, text: str) -> bool:
        """Whether a casefolded text is in this language: it has several of its little words, and hardly any English ones."""
        padded = f" {text[:_READ]} "
        ours = sum(padded.count(mark) for mark in self._marks)
        if ours < 2:
            return False
        return ours > 2 * sum(padded.count(f" {word} ") for word in ENGLISH)

    def read(self, sentence: Sentence) -> Sentence:
        """The sentence with the meaning of each token as its `lower`; words that belong together become one token."""
        return Sentence(sentence.field, sentence.index, tuple(self._tokens(sentence.tokens)))

    def words(self, text: str) -> str:
        """The meanings of a text, for filters that look at the words of an item as a whole."""
        return " ".join(token.lower for token in self._tokens(tuple(tokenize(text))))

    def _tokens(self, tokens: tuple[Token, ...]) -> Iterator[Token]:
        folded = [fold(token.text) for token in tokens]
        at = 0
        while at < len(tokens):
            found = self._match(folded, at)
            if found is None:
                yield self._unknown(tokens[at])
                at += 1
            else:
                end, meaning = found
                yield from _merged(tokens[at:end], meaning)
                at = end

    def _match(self, folded: list[str], at: int) -> tuple[int, tuple[str, ...]] | None:
        for rest, meaning, takes_object in self._index.get(folded[at], ()):
            end = at + 1 + len(rest)
            if tuple(folded[at + 1 : end]) == rest:
                return (end + 1 if takes_object and end < len(folded) - 1 and folded[end] in _PERSONAL else end), meaning
        return None

    @staticmethod
    def _unknown(token: Token) -> Token:
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


def load(language: str, folder: Path = SHIPPED) -> Glossary:
    """The glossary of a language.

    Raises:
        NamesError: a line with too few columns, an unknown kind, or a verb that is no infinitive with five forms.
    """
    path = folder / language / "glossary.tsv"
    marks: list[str] = []
    entries: list[tuple[str, str, bool]] = []
    for number, (kind, meaning, written) in rows(path, 3):
        if kind not in _KINDS:
            raise NamesError(f'{path}, line {number}: kind "{kind}" is not known; use one of {", ".join(sorted(_KINDS))}')
        if kind == "mark":
            marks += spellings(written)
        elif kind == "word":
            entries += [(spelling, meaning, False) for spelling in spellings(written)]
        else:
            forms = meaning.split("|")
            head, _, tail = written.partition(" ")
            endings = _ENDINGS.get(head[-2:])
            if len(forms) != 5 or endings is None:
                raise NamesError(f'{path}, line {number}: "{meaning}" needs five forms, and "{written}" must be an infinitive')
            for form, ends in zip(forms, endings, strict=True):
                entries += [(f"{head[:-2]}{end} {tail}".strip(), form, True) for end in ends]
    return Glossary(language, marks, entries)
