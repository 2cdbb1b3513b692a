"""Sentence -> statements: each act with its roles, under its governors, and how deep in the sentence it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from processors.tag.clauses import Clauses, Depth
from processors.tag.compose import Deed, governed, in_mood, unrefused
from processors.tag.governors import condemned, merged_roles, mutual, outer_roles, own_roles
from processors.tag.lexicon import Lexicon
from processors.tag.links import Link, Links
from processors.tag.nodes import Node, nodes
from processors.tag.reading import Reading
from processors.tag.roles import Roles, is_noun_subject
from processors.tag.verb_groups import Verb

_GOING = frozenset({"MOBILIZE", "CONSULT"})
"""Types of those who go somewhere."""


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


def statements(reading: Reading) -> list[Statement]:
    """The acts of a sentence in order: those it is about, and those it mentions."""
    found = nodes(reading)
    if not any(node.act for node in found):
        return []
    return _Sentence(Links(reading, found)).statements()


class _Sentence:
    """The linked nodes of one sentence, and how deep its clauses stand."""

    def __init__(self, links: Links) -> None:
        self.links = links
        self.reading = links.reading
        self.lexicon: Lexicon = links.lexicon
        said = {index for index, node in links.nodes.items() if (sense := node.sense(self.lexicon)) and sense.name == "say"}
        self.clauses = Clauses(links.reading, said)

    def statements(self) -> list[Statement]:
        out: list[Statement] = []
        governing = {link.to for index, link in self.links.of.items() if link.how == "complement" and self._carries(index)}
        merged = {link.to for index, link in self.links.of.items() if link.how != "complement" and self.links.nodes[index].act}
        for node in self.links.nodes.values():
            if node.act is None or node.index in governing:
                continue
            link = self.links.of.get(node.index)
            if link and (
                link.how == "result" or (link.how in {"subject", "instrument"} and self._is_act(link.to)) or self._is_part(node, link)
            ):
                continue
            out.extend(self._state(node, node.index in merged))
        return out

    def _state(self, node: Node, merged: bool) -> Iterator[Statement]:
        """What an act comes to under its governors; an act that is condemned has happened, and is told as well."""
        assert node.act is not None
        kind, mode = node.act.pattern.value
        own = Deed(kind, mode, node.act.pattern.source)
        words = node.act.words
        roles = own_roles(self.links, node)
        if merged:
            own, words, roles = merged_roles(self.links, node, own, words, roles)
        deed: Deed | None = in_mood(own, self._verb_in_report(node)) if node.verb else own
        current = node
        for _ in range(4):
            link = self.links.of.get(current.index)
            if link is None or link.how != "complement" or deed is None:
                break
            outer = self.links.nodes[link.to]
            sense = outer.sense(self.lexicon)
            if sense is None or outer.governor is None:
                break
            before = deed
            is_unrefused = sense.name == "refuse" and outer.verb is not None and outer.verb.negated
            deed = unrefused(deed) if is_unrefused else governed(deed, sense)
            if deed is None:
                return
            if deed.turned and not deed.mode and outer.act and outer.act.pattern.value[0] == deed.type:
                deed = replace(deed, mode=outer.act.pattern.value[1])
            words = (*outer.governor.words, *words)
            inner = roles
            is_turned = deed.type != before.type or sense.name == "do"
            roles = outer_roles(self.links, outer, sense.name, roles, current, turned=is_turned)
            if before.type == "ASSAULT" and sense.name == "accuse" and self.reading.low[outer.index] in self.lexicon.words["factive"]:
                yield Statement(self.reading, before, node.index, node.act.words, condemned(inner, roles), 1, node.verb is None, "that")
            if outer.verb and sense.name != "say" and not is_unrefused:
                deed = in_mood(deed, outer.verb)
            current = outer
        assert deed is not None
        if deed.type == "REJECT" and self._has_condition(current):
            deed = replace(deed, type="REQUEST", mode="", rule=f"unless({deed.rule})")
        if deed.type in _GOING and self._is_for_peace(node):
            deed = replace(deed, type="AID", mode="", rule=f"for_peace({deed.rule})")
        depth, cue = self._depth(current)
        tokens = tuple(sorted(set(words)))
        yield Statement(self.reading, deed, node.index, tokens, mutual(self.links, deed, roles), depth, node.verb is None, cue)

    def _verb_in_report(self, node: Node) -> Verb:
        """The verb of an act; in reported speech "would" is the future ("said it would withdraw")."""
        verb = node.verb
        assert verb is not None
        link = self.links.of.get(node.index)
        if link and link.how == "complement" and verb.possible and "would" in self.reading.low[verb.start : verb.index]:
            sense = self.links.nodes[link.to].sense(self.lexicon)
            if sense and sense.name in {"say", "commit", "intend"}:
                return replace(verb, future=True, possible=False)
        return verb

    def _has_condition(self, node: Node) -> bool:
        """A refusal "unless" or "until" something is done demands it."""
        return (
            node.verb is not None
            and node.verb.future
            and any(word in {"unless", "until"} for word in self.reading.low[node.index : node.index + 20])
        )

    def _is_for_peace(self, node: Node) -> bool:
        """Whether those sent, or who come, keep a peace: that is aid and no mobilization (PLOVER)."""
        start, stop = self.reading.clause_start(node.first), self.reading.clause_end(node.end - 1)
        return any(word.startswith("peacekeep") or word in self.lexicon.words["helpers"] for word in self.reading.low[start:stop])

    def _depth(self, node: Node) -> Depth:
        reading = self.reading
        link = self.links.of.get(node.index)
        if node.verb is None:
            if link and link.how == "subject":
                return self._depth(self.links.nodes[link.to])
            if not any(verb.finite for verb in reading.verbs.values()):
                return Depth(0)
            verb = next((verb for verb in reading.verbs.values() if is_noun_subject(reading, node, verb)), None)
            return self.clauses.depth(verb) if verb else Depth(1)
        depth = self.clauses.depth(node.verb)
        if depth.level or not node.verb.finite:
            return depth
        start = reading.clause_start(node.verb.start)
        before = reading.low[start - 1] if start else ""
        if start - 1 in reading.verbs and not (link and link.how == "complement") and start - 1 not in self.links.nodes:
            return Depth(1, before)
        if before == "that" and link is None and start > 1 and start - 2 not in reading.verbs:
            return Depth(1, "that")
        return depth

    def _is_act(self, index: int) -> bool:
        node = self.links.nodes.get(index)
        return node is not None and node.act is not None and node.act.pattern.value[0] in {"ASSAULT", "COERCE"}

    def _is_part(self, node: Node, link: Link | None) -> bool:
        """As in "the summit failed to reach agreement": what a subject does says what it came to."""
        assert node.act is not None
        if not link or link.how != "subject" or node.act.pattern.value[0] == "ASSAULT":
            return False
        right = self.links.nodes[link.to]
        return right.act is not None

    def _carries(self, index: int) -> bool:
        """Whether a node, or what hangs on it, is an act: a governor without one speaks for itself."""
        return self.links.nodes[index].act is not None
