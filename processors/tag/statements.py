"""Sentence -> statements: each act with its roles, under its governors, and how deep in the sentence it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from processors.tag.clauses import SETTING, Clauses, Depth
from processors.tag.compose import Deed, governed, in_mood
from processors.tag.inflect import Form
from processors.tag.lexicon import Kind, Lexicon
from processors.tag.nodes import Node, nodes
from processors.tag.reading import HARD, Reading, Span, Verb
from processors.tag.roles import Roles, halves, is_noun_subject, noun_roles, struck, subject_of, verb_roles

_INSTRUMENT = frozenset({"in", "during", "by", "with", "through", "via", "using"})
_MUTUAL = frozenset({"CONSULT", "SUPPORT", "AGREE", "COOPERATE", "ASSAULT", "RETREAT"})
_OBJECT_SENSES = frozenset({"request", "accuse", "threaten", "allow", "prevent", "support"})
_TELLING = frozenset("say says said confirm confirms confirmed report reports reported tell tells told note notes noted".split())
"""Forms of saying by which nobody owns to an act."""
_SAID = frozenset({"ACCUSE", "REQUEST", "THREATEN", "SUPPORT", "REJECT"})
"""Types of words: what comes "from" somebody is theirs."""
_FAR = 14


@dataclass(frozen=True, slots=True)
class Statement:
    """One act as the sentence states it. `words` are the tokens it rests on; `depth` 0 is what the sentence is about."""

    reading: Reading
    deed: Deed
    index: int
    words: tuple[int, ...]
    roles: Roles
    depth: int
    is_noun: bool
    cue: str = ""
    """The word that makes it a setting: "after", "if", "who" ..."""


@dataclass(frozen=True, slots=True)
class _Link:
    """How a node hangs on another: complement, subject, instrument or manner."""

    to: int
    how: str


def statements(reading: Reading) -> list[Statement]:
    """The acts of a sentence in order: those it is about, and those it mentions."""
    found = nodes(reading)
    if not found:
        return []
    return _Sentence(reading, found).statements()


def _speaks_for_itself(left: Node, start: int) -> bool:
    """Whether a verb has found its object ("imposed a curfew") before what begins at `start`, so that it governs nothing there."""
    if left.act is None or left.governor is None:
        return False
    return len(left.act.words) > len(left.governor.words) and left.act.end <= start


class _Sentence:
    """The nodes of one sentence with the links between them."""

    def __init__(self, reading: Reading, found: list[Node]) -> None:
        self.reading = reading
        self.lexicon: Lexicon = reading.lexicon
        self.nodes = {node.index: node for node in found}
        self.links: dict[int, _Link] = {}
        for node in found:
            link = self._verb_link(node) if node.verb else self._noun_link(node)
            if link:
                self.links[node.index] = link
        self.clauses = Clauses(reading, {node.index for node in found if (sense := node.sense(self.lexicon)) and sense.name == "say"})

    def statements(self) -> list[Statement]:
        out: list[Statement] = []
        governing = {link.to for index, link in self.links.items() if link.how == "complement" and self._carries(index)}
        merged = {link.to for index, link in self.links.items() if link.how != "complement" and self.nodes[index].act}
        for node in self.nodes.values():
            if node.act is None or node.index in governing:
                continue
            link = self.links.get(node.index)
            if link and (
                link.how == "result" or (link.how in {"subject", "instrument"} and self._is_act(link.to)) or self._is_part(node, link)
            ):
                continue
            out.extend(self._state(node, node.index in merged))
        return out

    def _carries(self, index: int) -> bool:
        """Whether a node, or what hangs on it, is an act: a governor without one speaks for itself."""
        return self.nodes[index].act is not None

    def _is_act(self, index: int) -> bool:
        node = self.nodes.get(index)
        return node is not None and node.act is not None and node.act.pattern.value[0] in {"ASSAULT", "COERCE"}

    def _is_part(self, node: Node, link: _Link | None) -> bool:
        """As in "the summit failed to reach agreement": what a subject does says what it came to."""
        assert node.act is not None
        if not link or link.how != "subject" or node.act.pattern.value[0] == "ASSAULT":
            return False
        right = self.nodes[link.to]
        return right.act is not None

    def _is_result(self, left: Node, node: Node) -> bool:
        """As in ", killing six": what an act of force led to is no second act."""
        return bool(left.act and node.act and left.act.pattern.value[0] == "ASSAULT" and node.act.pattern.value[0] == "ASSAULT")

    # ------------------------------------------------------------------ links

    def _verb_link(self, node: Node) -> _Link | None:
        verb = node.verb
        assert verb is not None
        if verb.infinitive:
            first = self.reading.verbs[verb.joined] if verb.joined >= 0 else verb
            return self._governor_left(node, first.start, "infinitive")
        if not verb.finite and verb.form & Form.ING:
            before = self.reading.low[verb.start - 1] if verb.start else ""
            if before == "by" and (left := self._node_left(verb.start)):
                return _Link(left.index, "manner")
            if before in {",", "and"} and (left := self._node_left(verb.start)) and self._is_result(left, node):
                return _Link(left.index, "result")
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

    def _governor_left(self, node: Node, start: int, kind: str) -> _Link | None:
        for index in range(start - 1, max(-1, start - _FAR), -1):
            if self.reading.low[index] in HARD and self.reading.low[index] not in {'"', "“", "”"}:
                return None
            left = self.nodes.get(index)
            if left and left.governor and left.index != node.index and not _speaks_for_itself(left, start):
                sense = left.sense(self.lexicon)
                if sense and kind in sense.takes:
                    return _Link(index, "complement")
            if index in self.reading.verbs:
                return None
        return None

    def _clause_governor(self, verb: Verb) -> _Link | None:
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
                sense = self.nodes[index].sense(self.lexicon)
                return _Link(index, "complement") if sense and "clause" in sense.takes else None
            if index in self.reading.verbs or self.reading.low[index] in HARD or self.reading.low[index] == ",":
                return None
        return None

    def _noun_link(self, node: Node) -> _Link | None:
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
                return _Link(index, "complement") if self._is_object(left, node) else self._instrument(left, node, index)
            if index in reading.verbs:
                return self._instrument(left, node, index) if left else None
            index -= 1
        return None

    def _noun_subject(self, verb: Verb) -> _Link | None:
        right = self.nodes.get(verb.index)
        if right is None:
            return None
        if right.governor and (verb.passive or right.governor.pattern.value[0] == "collapse" or self._is_happening(right)):
            return _Link(right.index, "complement")
        return _Link(right.index, "subject") if right.act else None

    def _is_happening(self, node: Node) -> bool:
        """As in "talks will begin": a verb of doing without an object says of its subject that it happens."""
        assert node.verb is not None
        sense = node.sense(self.lexicon)
        after = node.index + 1
        has_object = after < self.reading.size and not (
            self.reading.light(after)
            or self.reading.kind[after] & (Kind.PREPOSITION | Kind.SUBORDINATOR)
            or self.reading.low[after] in HARD | {","}
        )
        return node.act is None and sense is not None and sense.name == "do" and not has_object

    def _is_object(self, left: Node, node: Node) -> bool:
        """No preposition but the governor's own stands between it and the noun."""
        assert left.governor is not None
        own = left.governor.end
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

    def _instrument(self, left: Node | None, node: Node, index: int) -> _Link | None:
        if left is None or left.act is None:
            return None
        between = [self.reading.low[at] for at in range(index + 1, node.first) if self.reading.kind[at] & Kind.PREPOSITION]
        if between and between[-1] in _INSTRUMENT:
            return _Link(index, "instrument")
        return None

    # ------------------------------------------------------------------ statements

    def _state(self, node: Node, merged: bool) -> Iterator[Statement]:
        """What an act comes to under its governors; an act that is condemned has happened, and is told as well."""
        assert node.act is not None
        kind, mode = node.act.pattern.value
        own = Deed(kind, mode, node.act.pattern.source)
        words = node.act.words
        roles = self._own_roles(node)
        if merged:
            own, words, roles = self._merge(node, own, words, roles)
        deed: Deed | None = in_mood(own, self._verb_in_report(node)) if node.verb else own
        current = node
        for _ in range(4):
            link = self.links.get(current.index)
            if link is None or link.how != "complement" or deed is None:
                break
            outer = self.nodes[link.to]
            sense = outer.sense(self.lexicon)
            if sense is None or outer.governor is None:
                break
            before = deed
            deed = governed(deed, sense)
            if deed is None:
                return
            if deed.turned and not deed.mode and outer.act and outer.act.pattern.value[0] == deed.type:
                deed = replace(deed, mode=outer.act.pattern.value[1])
            words = (*outer.governor.words, *words)
            inner = roles
            roles = self._outer_roles(outer, sense.name, roles, deed.type != before.type or sense.name == "do", current)
            if before.type == "ASSAULT" and sense.name == "accuse" and self.reading.low[outer.index] in self.lexicon.words["factive"]:
                yield Statement(
                    self.reading, before, node.index, node.act.words, self._condemned(inner, roles), 1, node.verb is None, "that"
                )
            if outer.verb and sense.name != "say":
                deed = in_mood(deed, outer.verb)
            current = outer
        assert deed is not None
        if deed.type == "REJECT" and self._has_condition(current):
            deed = replace(deed, type="REQUEST", mode="", rule=f"unless({deed.rule})")
        depth, cue = self._depth(current)
        tokens = tuple(sorted(set(words)))
        yield Statement(self.reading, deed, node.index, tokens, self._mutual(deed, roles), depth, node.verb is None, cue)

    @staticmethod
    def _condemned(inner: Roles, outer: Roles) -> Roles:
        """Who did what was condemned: its own actor, else whoever was condemned for it."""
        actor = outer.target if inner.actor is None or inner.actor == outer.actor else inner.actor
        return replace(inner, actor=actor, target=inner.target if inner.target != actor else None)

    def _verb_in_report(self, node: Node) -> Verb:
        """The verb of an act; in reported speech "would" is the future ("said it would withdraw")."""
        verb = node.verb
        assert verb is not None
        link = self.links.get(node.index)
        if link and link.how == "complement" and verb.possible and "would" in self.reading.low[verb.start : verb.index]:
            sense = self.nodes[link.to].sense(self.lexicon)
            if sense and sense.name in {"say", "commit", "intend"}:
                return replace(verb, future=True, possible=False)
        return verb

    def _own_roles(self, node: Node) -> Roles:
        assert node.act is not None
        if node.verb is None:
            return struck(
                self.reading, node.first, noun_roles(self.reading, node.first, node.act.end, is_said=node.act.pattern.value[0] in _SAID)
            )
        roles = verb_roles(self.reading, node.verb, node.act.end)
        named = self._act_before_relative(node.verb)
        if named and named.act:
            of_noun = noun_roles(self.reading, named.first, named.act.end)
            roles = replace(roles, actor=of_noun.actor, target=of_noun.target or roles.target, where=of_noun.where or roles.where)
        return roles

    def _act_before_relative(self, verb: Verb) -> Node | None:
        """The act a relative clause tells more of: "a strike in the town that killed two"."""
        if not verb.start or self.reading.low[verb.start - 1] not in {"that", "which"}:
            return None
        for index in range(verb.start - 2, max(-1, verb.start - 10), -1):
            node = self.nodes.get(index)
            if node and node.verb is None and node.act and node.act.pattern.value[0] == "ASSAULT":
                return node
            if index in self.reading.verbs:
                return None
        return None

    def _merge(self, node: Node, deed: Deed, words: tuple[int, ...], roles: Roles) -> tuple[Deed, tuple[int, ...], Roles]:
        """Takes over what nouns say that stand in this act's subject or tell its means."""
        for index, link in self.links.items():
            other = self.nodes[index]
            if link.to != node.index or link.how == "complement" or other.act is None:
                continue
            if other.act.pattern.value[0] != deed.type:
                continue
            words = (*words, *other.act.words)
            mine = self._own_roles(other)
            if other.act.pattern.value[1] and (not deed.mode or link.how != "manner"):
                deed = replace(deed, mode=other.act.pattern.value[1], rule=f"{deed.rule} + {other.act.pattern.source}")
            if link.how == "subject":
                roles = Roles(mine.actor, mine.target or roles.target, roles.other, roles.where or mine.where)
            else:
                roles = Roles(roles.actor or mine.actor, roles.target or mine.target, roles.other, roles.where or mine.where)
        return deed, words, roles

    def _outer_roles(self, outer: Node, sense: str, inner: Roles, turned: bool, node: Node) -> Roles:
        """Who acts when a governor stands over the act: its subject; and upon whom: its object, else the inner act's."""
        if outer.verb is None:
            before = noun_roles(self.reading, outer.first, outer.end).actor or self._subject_before(outer.first)
            return Roles(before or inner.actor, inner.target, inner.other, inner.where)
        verb = outer.verb
        assert outer.governor is not None
        if sense == "collapse" or (node.verb is None and node.index < outer.index and self._is_happening(outer)):
            return inner
        if verb.passive:
            own = verb_roles(self.reading, verb, outer.governor.end)
            if sense in {"commit", "intend"}:
                return Roles(own.target or inner.actor, inner.target, inner.other, inner.where)
            return Roles(own.actor, inner.target or inner.actor if node.verb is None else own.target, inner.other, inner.where)
        subject = subject_of(self.reading, verb)
        if sense == "say":
            did = None if self._is_only_told(outer, node) else subject
            return Roles(inner.actor or did, inner.target, inner.other, inner.where)
        if sense == "suffer":
            return Roles(inner.actor, subject, inner.other, inner.where)
        if sense in _OBJECT_SENSES:
            addressed = self._addressed(outer, node) or (inner.actor if node.verb and node.verb.finite else None)
            return Roles(subject, addressed or inner.target or inner.actor, inner.other, inner.where)
        return Roles(subject or inner.actor, inner.target, inner.other or (None if not turned else inner.actor), inner.where)

    def _is_only_told(self, outer: Node, node: Node) -> bool:
        """Whether who says it only tells of it: "the army says three were killed", "Britain reports a drone attack"."""
        if node.act is None or node.act.pattern.value[0] != "ASSAULT":
            return False
        return node.verb.passive if node.verb else self.reading.low[outer.index] in _TELLING

    def _subject_before(self, index: int) -> Span | None:
        """The subject of "is ready to", "was about to"."""
        start = index
        while start > 0 and (
            self.reading.kind[start - 1] & (Kind.BE | Kind.HAVE | Kind.MODAL | Kind.NEGATOR) or self.reading.light(start - 1)
        ):
            start -= 1
        return self.reading.first_phrase(self.reading.clause_start(start), start) if start < index else None

    def _addressed(self, outer: Node, node: Node) -> Span | None:
        """The phrase between a governor and its complement: "urged | Iran | to stop"."""
        assert outer.governor is not None
        end = node.verb.start if node.verb else node.first
        span = self.reading.phrase_right(max(outer.governor.end, outer.index + 1))
        return span if span and span.end <= end and span.start <= outer.governor.end + 2 else None

    def _mutual(self, deed: Deed, roles: Roles) -> Roles:
        """As in "Turkey and Russia agreed": one acts, the other is the target."""
        if (
            deed.type in _MUTUAL
            and roles.actor
            and not roles.other
            and (roles.target is None or deed.type in {"CONSULT", "SUPPORT", "AGREE"})
        ):
            one, two = halves(self.reading, roles.actor)
            if two and (roles.target is None):
                return replace(roles, actor=one, target=two)
            if two:
                return replace(roles, actor=one, other=two)
        return roles

    def _has_condition(self, node: Node) -> bool:
        """A refusal "unless" or "until" something is done demands it."""
        return (
            node.verb is not None
            and node.verb.future
            and any(word in {"unless", "until"} for word in self.reading.low[node.index : node.index + 20])
        )

    def _depth(self, node: Node) -> Depth:
        reading = self.reading
        link = self.links.get(node.index)
        if node.verb is None:
            if link and link.how == "subject":
                return self._depth(self.nodes[link.to])
            if not any(verb.finite for verb in reading.verbs.values()):
                return Depth(0)
            verb = next((verb for verb in reading.verbs.values() if is_noun_subject(reading, node, verb)), None)
            return self.clauses.depth(verb) if verb else Depth(1)
        depth = self.clauses.depth(node.verb)
        if depth.level or not node.verb.finite:
            return depth
        start = reading.clause_start(node.verb.start)
        before = reading.low[start - 1] if start else ""
        if start - 1 in reading.verbs and not (link and link.how == "complement") and start - 1 not in self.nodes:
            return Depth(1, before)
        if before == "that" and link is None and start > 1 and start - 2 not in reading.verbs:
            return Depth(1, "that")
        return depth
