"""The forms of a verb or a noun, by the spelling rules of English and a table of exceptions from the lexicon."""

from __future__ import annotations

from collections.abc import Mapping

_VOWELS = frozenset("aeiou")


class Form:
    """The forms a verb can have, as bits: one word may be several at once ("hit", "attacked"). Plain integers: enum flags cost
    a third of the tagger's time.
    """

    BASE = 1
    S = 2
    ING = 4
    PAST = 8
    PARTICIPLE = 16


def verb_forms(base: str, irregular: Mapping[str, tuple[str, str]], doubling: frozenset[str]) -> dict[str, int]:
    """Each form of a verb -> what it is.

    >>> sorted(verb_forms("ban", {}, frozenset({"ban"})))
    ['ban', 'banned', 'banning', 'bans']
    """
    forms: dict[str, int] = {}
    past, participle = irregular.get(base) or (_past(base, doubling),) * 2
    for word, form in (
        (base, Form.BASE),
        (_s(base), Form.S),
        (_ing(base, doubling), Form.ING),
        (past, Form.PAST),
        (participle, Form.PARTICIPLE),
    ):
        forms[word] = forms.get(word, 0) | form
    if base.endswith(("el", "al", "ol")) and base not in doubling and base not in irregular and base[-3] not in _VOWELS:
        forms[base + "led"] = Form.PAST | Form.PARTICIPLE  # British spelling: cancelled, signalling
        forms[base + "ling"] = Form.ING
    return forms


def noun_forms(singular: str, irregular: Mapping[str, str]) -> tuple[str, ...]:
    """Singular and plural of a noun; a word that is a plural already stays alone.

    >>> noun_forms("embassy", {})
    ('embassy', 'embassies')
    """
    if singular in irregular:
        return singular, irregular[singular]
    if singular.endswith("s") and not singular.endswith(("ss", "us", "is")):
        return (singular,)
    return singular, _s(singular)


def _s(base: str) -> str:
    if base.endswith("y") and base[-2:-1] not in _VOWELS:
        return base[:-1] + "ies"
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return base + "es"
    return base + "s"


def _ing(base: str, doubling: frozenset[str]) -> str:
    if base in doubling:
        return base + base[-1] + "ing"
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")) and base != "be":
        return base[:-1] + "ing"
    return base + "ing"


def _past(base: str, doubling: frozenset[str]) -> str:
    if base in doubling:
        return base + base[-1] + "ed"
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2:-1] not in _VOWELS:
        return base[:-1] + "ied"
    return base + "ed"
