"""How the acts and governors of one sentence hang on each other: "refused to lift", "ended the siege", "strikes killed"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from processors.tag.clauses import SETTING
from processors.tag.inflect import Form
from processors.tag.lexicon import Kind, Lexicon
from processors.tag.nodes import Node
from processors.tag.reading import Reading
from processors.tag.roles import is_noun_subject
from processors.tag.verb_groups import Verb
from processors.tag.words import HARD

_INSTRUMENT = frozenset({"in", "during", "by", "with", "through", "via", "using"})
_FAR = 14


@dataclass(frozen=True, slots=True)
class Link:
    """How a node hangs on another: complement, subject, instrument or manner."""

    to: int
    how: str


class Links:
    """The nodes of one sentence by their heads, and what each of them hangs on."""

    def __init__(self, reading: Reading, found: Sequence[Node]) -> None:
        self.reading = reading
        self.lexicon: Lexicon = reading.lexicon
        self.nodes = {node.index: node for node in found}
        self.of: dict[int, Link] = {}
        for node in found:
            link = self._verb_link(node) if node.verb else self._noun_link(node)
            if link:
                self.of[node.index] = link

    def _verb_link(self, node: Node) -> Link | None:
        verb = node.verb
        assert verb is not None
        if verb.infinitive:
            first = self.reading.verbs[verb.joined] if verb.joined >= 0 else verb
            return self._governor_left(node, first.start, "infinitive")
        if not verb.finite and verb.form & Form.ING:
            before = self.reading.low[verb.start - 1] if verb.start else ""
            if before == "by" and (answer := self._answer_left(verb.start)):
                return Link(answer.index, "complement")
            if before == "by" and (left := self._node_left(verb.start)):
                return Link(left.index, "manner")
            if before in {",", "and"} and (left := self._node_left(verb.start)) and self._is_result(left, node):
                return Link(left.index, "result")
            if before in {"after", "before", "while", "since", "when", ",", "despite"}:
                return None
            return self._governor_left(node, verb.start, "gerund")
        if verb.finite:
            return self._clause_governor(verb)
        return None

    def _node_left(self, start: int) -> Node | None:
        for index in range(start - 1, max(-1, start - _FAR), -1):
            if self.reading.low[index] in {";", ":", "."}:
                return None
            if index in self.nodes:
                return self.nodes[index]
        return None

    def _answer_left(self, start: int) -> Node | None:
        """The verb of answering that "by" tells the way of, over what was answered: "retaliated for the attack | by expelling"."""
        verbs = (node for index in range(start - 1, max(-1, start - _FAR), -1) if (node := self.nodes.get(index)) and node.verb)
        left = next(verbs, None)
        return left if left and self._is_answer(left) else None

    def _is_answer(self, left: Node) -> bool:
        """Whether a verb only says that something is answered, and what stands behind "by" says how: "retaliated by expelling"."""
        sense = left.sense(self.lexicon)
        return left.act is not None and len(left.act.words) == 1 and sense is not None and sense.name == "do"

    def _is_result(self, left: Node, node: Node) -> bool:
        """As in ", killing six": what an act of force led to is no second act."""
        return bool(left.act and node.act and left.act.pattern.value[0] == "ASSAULT" and node.act.pattern.value[0] == "ASSAULT")

    def _governor_left(self, node: Node, start: int, kind: str) -> Link | None:
        for index in range(start - 1, max(-1, start - _FAR), -1):
            if self.reading.low[index] in HARD and self.reading.low[index] not in {'"', "“", "”"}:
                return None
            left = self.nodes.get(index)
            if left and left.governor and left.index != node.index and not (_speaks_for_itself(left, start) or self._is_march(left)):
                sense = left.sense(self.lexicon)
                if sense and kind in sense.takes:
                    return Link(index, "complement")
            if index in self.reading.verbs:
                return None
        return None

    def _is_march(self, left: Node) -> bool:
        """Whether a verb of protest has no object: "protested in the capital, demanding a truce" protests against nothing behind it."""
        if left.verb is None or left.act is None or left.act.pattern.value[0] != "PROTEST":
            return False
        after = self.reading.after(left.index)
        return after < self.reading.size and bool(self.reading.kind[after] & Kind.PREPOSITION)

    def _clause_governor(self, verb: Verb) -> Link | None:
        """As in "announced that it will return", "warned Iran would pay": the verb right before the clause."""
        start = self.reading.clause_start(verb.start)
        at = start - 1
        if start < verb.start and self.reading.low[verb.start - 1] == ",":  # what the comma closes stands beside the subject
            return None
        if at >= 0 and self.reading.low[at] == "that":
            at -= 1
            if self.reading.low[at] == "so":
                return None
        if at >= 0 and (self.reading.low[at] == "," or self.reading.low[at] in SETTING):
            return None
        for index in range(at, max(-1, at - 8), -1):
            if index in self.nodes and self.nodes[index].governor:
                if self.reading.kind[verb.start - 1] & Kind.COORDINATOR and index in self.reading.verbs:
                    return None  # "dismissed the charge and | expelled him": both are done by the one subject
                sense = self.nodes[index].sense(self.lexicon)
                return Link(index, "complement") if sense and "clause" in sense.takes else None
            if index in self.reading.verbs or self.reading.low[index] in HARD or self.reading.low[index] == ",":
                return None
        return None

    def _noun_link(self, node: Node) -> Link | None:
        reading = self.reading
        for verb in reading.verbs.values():
            if verb.index > node.index and is_noun_subject(reading, node, verb):
                return self._noun_subject(verb)
        index = node.first - 1
        while index >= max(0, node.first - _FAR):
            word = reading.low[index]
            left = self.nodes.get(index)
            if word in {";", ":", ".", "!", "?", "—"} or (word == "," and index < node.first - 4):
                return None
            if left and left.governor and (sense := left.sense(self.lexicon)) and "noun" in sense.takes:
                if _speaks_for_itself(left, node.first):
                    return self._instrument(left, node, index)
                return Link(index, "complement") if self._is_object(left, node) else self._instrument(left, node, index)
            if index in reading.verbs and (left or not reading.verbs[index].passive):  # "killed and 27 injured in a blast"
                return self._instrument(left, node, index) if left else None
            index -= 1
        return None

    def _noun_subject(self, verb: Verb) -> Link | None:
        right = self.nodes.get(verb.index)
        if right is None:
            return None
        if right.governor and (verb.passive or right.governor.pattern.value[0] == "collapse" or self.is_happening(right)):
            return Link(right.index, "complement")
        return Link(right.index, "subject") if right.act else None

    def is_happening(self, node: Node) -> bool:
        """As in "talks will begin": a verb of doing without an object says of its subject that it happens."""
        assert node.verb is not None
        sense = node.sense(self.lexicon)
        after = node.index + 1
        has_object = after < self.reading.size and not (
            self.reading.light(after)
            or self.reading.kind[after] & (Kind.PREPOSITION | Kind.SUBORDINATOR)
            or self.reading.low[after] in HARD | {","}
        )
        return node.act is None and sense is not None and sense.name in {"do", "stop"} and not has_object

    def _is_object(self, left: Node, node: Node) -> bool:
        """No preposition but the governor's own stands between it and the noun."""
        assert left.governor is not None
        own = left.governor.end
        if self._is_answer(left) and any(self.reading.kind[index] & Kind.PREPOSITION for index in range(own, node.first)):
            return False  # "retaliate for the attack"
        for index in range(own, node.first):
            if self.reading.kind[index] & Kind.PREPOSITION and not self.reading.light(index):
                if self.reading.low[index] in {"of", "for", "with", "on", "over", "to"} and index <= own + 1:
                    continue
                sense = left.sense(self.lexicon)
                if (
                    sense
                    and sense.name in {"accuse", "threaten", "request", "do"}
                    and self.reading.low[index] in {"of", "for", "over", "with"}
                ):
                    continue
                return False
        return True

    def _instrument(self, left: Node | None, node: Node, index: int) -> Link | None:
        if left is None or left.act is None:
            return None
        between = [self.reading.low[at] for at in range(index + 1, node.first) if self.reading.kind[at] & Kind.PREPOSITION]
        if between and between[-1] in _INSTRUMENT:
            return Link(index, "instrument")
        return None


def _speaks_for_itself(left: Node, start: int) -> bool:
    """Whether a verb has found its object ("imposed a curfew") before what begins at `start`, so that it governs nothing there."""
    if left.act is None or left.governor is None:
        return False
    return len(left.act.words) > len(left.governor.words) and left.act.end <= start
