"""What the lexicon finds in one sentence: acts and governors, each at its words, none inside another, none in an idiom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from processors.tag.lexicon import Kind, Lexicon, Sense
from processors.tag.patterns import NO_ACT, PLACE, Fit, Pattern, find, fit
from processors.tag.reading import Reading
from processors.tag.verb_groups import Verb


@dataclass(frozen=True, slots=True)
class Node:
    """One head word with what the lexicon says of it. `verb` is None for a noun. At least one of `act` and `governor` is there."""

    index: int
    verb: Verb | None
    act: Fit | None
    governor: Fit | None

    @property
    def first(self) -> int:
        return min(fitted.words[0] for fitted in (self.act, self.governor) if fitted)

    @property
    def end(self) -> int:
        return max(fitted.end for fitted in (self.act, self.governor) if fitted)

    def sense(self, lexicon: Lexicon) -> Sense | None:
        return lexicon.senses[self.governor.pattern.value[0]] if self.governor else None


_MUST = Pattern(source="any", value=("REQUEST", ""), tail=(), rest=(), weight=1)


def nodes(reading: Reading) -> list[Node]:
    """The acts and governors of a sentence in order of their heads; a noun inside a longer pattern is not told twice."""
    found = [node for verb in reading.verbs.values() if (node := _must_node(reading, verb, _verb_node(reading, verb)))]
    taken = {word for node in found for fitted in (node.act, node.governor) if fitted and len(fitted.words) > 1 for word in fitted.words}
    taken |= {node.index for node in found}
    found.extend(_noun_nodes(reading, taken))
    found = [node for node in found if not (node.act and node.act.pattern.value == NO_ACT)]
    found.sort(key=lambda node: node.index)
    return found


def _verb_node(reading: Reading, verb: Verb) -> Node | None:
    lexicon = reading.lexicon
    word = reading.low[verb.index]
    acts, governors = lexicon.verb_acts.get(word, ()), lexicon.verb_governors.get(word, ())
    if not (acts or governors):
        return None
    stop = reading.clause_end(verb.index)
    act, governor = _best(reading, acts, verb, stop), _best(reading, governors, verb, stop)
    return Node(verb.index, verb, act, governor) if act or governor else None


def _must_node(reading: Reading, verb: Verb, node: Node | None) -> Node | None:
    """What somebody says that another "must" do is asked, whatever it is."""
    if not verb.must or verb.negated or (node and node.act):
        return node
    is_said = any(at in reading.verbs and word in reading.lexicon.words["stating"] for at, word in enumerate(reading.low))
    asked = Fit(_MUST, verb.index, verb.index + 1, (verb.index,))
    return Node(verb.index, verb, asked, node.governor if node else None) if is_said else node


def _best(reading: Reading, patterns: tuple[Pattern, ...], verb: Verb, stop: int) -> Fit | None:
    """The heaviest pattern that fits; in the passive its first object stands before the verb."""
    for pattern in patterns:
        if not pattern.may_fit(reading.distinct):
            continue
        fitted = fit(pattern, reading.low, verb.index, stop, reading.light, reading.is_place)
        if fitted is None and verb.passive and pattern.rest:
            fitted = _fit_passive(reading, pattern, verb, stop)
        if fitted and not _is_torn(reading, fitted):
            return fitted
    return None


_TEARING = frozenset({"despite", "after", "before", "amid", "since", "until", "following", "during"})


def _is_torn(reading: Reading, fitted: Fit) -> bool:
    """Whether the words of a pattern only happen to stand in one sentence: "struck Gaza despite a deal" strikes no deal.

    An idiom is torn by any preposition, comma or verb, since it would hide an act: "hit Kyiv, killing six" is no cricket.
    """
    if len(fitted.words) == 1:
        return False
    between = set(range(min(fitted.words), max(fitted.words))).difference(fitted.words)
    if fitted.pattern.value == NO_ACT:
        return any(reading.kind[index] & Kind.PREPOSITION or reading.low[index] == "," or index in reading.verbs for index in between)
    return any(reading.low[index] in _TEARING for index in between)


def _fit_passive(reading: Reading, pattern: Pattern, verb: Verb, stop: int) -> Fit | None:
    start = max(0, verb.start - 10)
    if pattern.rest[0] is PLACE:
        place = next((at for at in range(verb.start - 1, start - 1, -1) if reading.is_place(at)), None)
        before = None if place is None else (place, place)
    else:
        before = find(pattern.rest[0], reading.low, range(start, verb.start), verb.start, reading.light)
    marks = ";:." if verb.start < verb.index else ";:.,"  # a bare participle has its subject right before it: ", 7 killed"
    if before is None or any(reading.low[index] in marks for index in range(before[1], verb.start)):
        return None
    rest = fit(
        Pattern(pattern.source, pattern.value, pattern.tail, pattern.rest[1:], pattern.weight),
        reading.low,
        verb.index,
        stop,
        reading.light,
        reading.is_place,
    )
    return Fit(pattern, verb.index, rest.end, (*range(*before), *rest.words)) if rest else None


def _noun_nodes(reading: Reading, taken: set[int]) -> Iterator[Node]:
    lexicon = reading.lexicon
    free_from = 0
    for index, word in enumerate(reading.low):
        if index < free_from or not (word in lexicon.noun_acts or word in lexicon.noun_governors):
            continue
        if index in taken or (index in reading.verbs and not _is_noun_anyway(reading, index)):
            continue
        act = _best_noun(reading, lexicon.noun_acts, word, index)
        governor = _best_noun(reading, lexicon.noun_governors, word, index)
        if act and (any(at in taken for at in act.words) or _is_modifier(reading, act)):
            act = None
        if act or governor:
            yield Node(index, None, act, governor)
            if act:
                free_from = max(index + 1, 1 + max(at for at in act.words if at < index + 6))


def _is_modifier(reading: Reading, act: Fit) -> bool:
    """Whether a noun only says of which kind the next one is: "protest leaders", "raid victims"; but "bombing campaign" is one."""
    after = act.first + 1
    if len(act.words) > 1 or after >= reading.size or not reading.is_prose:
        return False
    if reading.sentence.tokens[after].is_rendered:  # another language sets its adjectives there: "bombardeo | ruso"
        return False
    word = reading.low[after]
    is_plain = word.isalpha() and not reading.kind[after] and after not in reading.verbs and not reading.light(after)
    return is_plain and not reading.sentence.tokens[after].is_capitalised and word not in reading.lexicon.words["acting"]


def _is_noun_anyway(reading: Reading, index: int) -> bool:
    """A participle that heads a compound of the lexicon ("bombing raid") is read as the noun it is."""
    return not reading.verbs[index].finite


def _best_noun(reading: Reading, index_of: Mapping[str, tuple[Pattern, ...]], word: str, index: int) -> Fit | None:
    stop = min(reading.size, index + 12)
    for pattern in index_of.get(word, ()):
        if not pattern.may_fit(reading.distinct):
            continue
        fitted = fit(pattern, reading.low, index, stop, reading.light, reading.is_place)
        if fitted and not _is_torn(reading, fitted):
            return fitted
    return None
