"""The phrases on either side of an act once others stand over it or beside it: who "refused to lift", whom "urged Iran to stop" asks."""

from __future__ import annotations

from dataclasses import replace

from processors.tag.compose import Deed
from processors.tag.lexicon import Kind
from processors.tag.links import Links
from processors.tag.nodes import Node
from processors.tag.roles import Roles, halves, noun_roles, struck, subject_of, verb_roles
from processors.tag.verb_groups import Verb
from processors.tag.words import Span

_MUTUAL = frozenset({"CONSULT", "SUPPORT", "AGREE", "COOPERATE", "ASSAULT", "RETREAT"})
_OBJECT_SENSES = frozenset({"request", "accuse", "threaten", "allow", "prevent", "support"})
_OF_OTHERS = frozenset({"refuse", "deny", "support", "accuse"})
"""Senses of what one says to the deeds of others."""
_TELLING = frozenset("say says said confirm confirms confirmed report reports reported tell tells told note notes noted".split())
"""Forms of saying by which nobody owns to an act."""
_CLAIMING = frozenset({"claim", "claims", "claimed", "claiming"})
_SAID = frozenset({"ACCUSE", "REQUEST", "THREATEN", "SUPPORT", "REJECT"})
"""Types of words: what comes "from" somebody is theirs."""


def condemned(inner: Roles, outer: Roles) -> Roles:
    """Who did what was condemned: its own actor, else whoever was condemned for it; never who condemns it, the `teller`."""
    actor = outer.target if inner.actor is None or inner.actor == outer.actor else inner.actor
    return replace(inner, actor=actor, target=inner.target if inner.target != actor else None, teller=outer.actor)


def own_roles(links: Links, node: Node) -> Roles:
    """The phrases around an act itself, whatever stands over it."""
    assert node.act is not None
    if node.verb is None:
        return struck(
            links.reading, node.first, noun_roles(links.reading, node.first, node.act.end, is_said=node.act.pattern.value[0] in _SAID)
        )
    roles = verb_roles(links.reading, node.verb, node.act.end)
    named = _act_before_relative(links, node.verb)
    if named and named.act:
        of_noun = noun_roles(links.reading, named.first, named.act.end)
        roles = replace(roles, actor=of_noun.actor, target=of_noun.target or roles.target, where=of_noun.where or roles.where)
    return roles


def _act_before_relative(links: Links, verb: Verb) -> Node | None:
    """The act a relative clause tells more of: "a strike in the town that killed two"."""
    if not verb.start or links.reading.low[verb.start - 1] not in {"that", "which"}:
        return None
    for index in range(verb.start - 2, max(-1, verb.start - 10), -1):
        node = links.nodes.get(index)
        if node and node.verb is None and node.act and node.act.pattern.value[0] == "ASSAULT":
            return node
        if index in links.reading.verbs:
            return None
    return None


def merged_roles(links: Links, node: Node, deed: Deed, words: tuple[int, ...], roles: Roles) -> tuple[Deed, tuple[int, ...], Roles]:
    """Takes over what nouns say that stand in this act's subject or tell its means."""
    for index, link in links.of.items():
        other = links.nodes[index]
        if link.to != node.index or link.how == "complement" or other.act is None:
            continue
        if other.act.pattern.value[0] != deed.type:
            continue
        words = (*words, *other.act.words)
        mine = own_roles(links, other)
        if other.act.pattern.value[1] and (not deed.mode or link.how != "manner"):
            deed = replace(deed, mode=other.act.pattern.value[1], rule=f"{deed.rule} + {other.act.pattern.source}")
        elif link.how == "subject" and not other.act.pattern.value[1]:
            deed = replace(deed, rule=f"{deed.rule} + {other.act.pattern.source}")
        if link.how == "subject":
            roles = Roles(mine.actor, mine.target or roles.target, roles.other, roles.where or mine.where)
        else:
            roles = Roles(roles.actor or mine.actor, roles.target or mine.target, roles.other, roles.where or mine.where)
    return deed, words, roles


def outer_roles(links: Links, outer: Node, sense: str, inner: Roles, node: Node, *, turned: bool) -> Roles:
    """Who acts when a governor stands over the act: its subject; and upon whom: its object, else the inner act's."""
    if outer.verb is None:
        before = noun_roles(links.reading, outer.first, outer.end).actor or _subject_before(links, outer.first)
        if sense in _OBJECT_SENSES and node.verb and node.verb.finite:  # "its demand that Iran lift the ban"
            return Roles(_subject_of_verb_before(links, outer.first) or before, inner.actor, inner.target, inner.where)
        return Roles(before or inner.actor, inner.target, inner.other, inner.where)
    verb = outer.verb
    assert outer.governor is not None
    if sense == "collapse" or (node.verb is None and node.index < outer.index and links.is_happening(outer)):
        return inner
    if verb.passive:
        own = verb_roles(links.reading, verb, outer.governor.end)
        if sense in {"commit", "intend"}:
            return Roles(own.target or inner.actor, inner.target, inner.other, inner.where)
        return Roles(own.actor, inner.target or inner.actor if node.verb is None else own.target, inner.other, inner.where)
    subject = subject_of(links.reading, verb)
    if sense == "say" and _is_claimed(links, outer, node):
        return Roles(subject, inner.target or inner.actor, inner.other, inner.where, subject)
    if sense == "say":
        did = None if _is_only_told(links, outer, node) else subject
        return Roles(inner.actor or did, inner.target, inner.other, inner.where, did)
    if sense == "suffer":
        return Roles(inner.actor, subject, inner.other, inner.where)
    if sense in _OF_OTHERS and (owner := _owner(outer, inner, node)):
        return Roles(subject, owner, inner.target, inner.where)
    if sense in _OBJECT_SENSES:
        addressed = _addressed(links, outer, node) or (inner.actor if node.verb and node.verb.finite else None)
        return Roles(subject, addressed or inner.target or inner.actor, inner.other, inner.where)
    return Roles(subject or inner.actor, inner.target, inner.other or (None if not turned else inner.actor), inner.where)


def _is_claimed(links: Links, outer: Node, node: Node) -> bool:
    """Whether somebody owns to an attack a noun names: "the group claimed | the Kabul bombing"."""
    assert outer.governor is not None
    is_force = node.act is not None and node.act.pattern.value[0] == "ASSAULT" and node.verb is None
    return is_force and links.reading.low[outer.index] in _CLAIMING and len(outer.governor.words) == 1


def _owner(outer: Node, inner: Roles, node: Node) -> Span | None:
    """Whose the deed is that a noun names behind its governor: "condemned | Pakistan's | raid", "rejected | a US | offer"."""
    return inner.actor if node.verb is None and inner.actor and inner.actor.start > outer.index else None


def _subject_of_verb_before(links: Links, index: int) -> Span | None:
    """The subject of the verb a noun is the object of: "| Korea | reiterated its demand"."""
    at = next((at for at in range(index - 1, max(-1, index - 5), -1) if at in links.reading.verbs), None)
    verb = links.reading.verbs[at] if at is not None else None
    return subject_of(links.reading, verb) if verb and verb.finite and not verb.passive else None


def _is_only_told(links: Links, outer: Node, node: Node) -> bool:
    """Whether who says it only tells of it: "the army says three were killed", "Britain reports a drone attack"."""
    if node.act is None or node.act.pattern.value[0] != "ASSAULT":
        return False
    return node.verb.passive if node.verb else links.reading.low[outer.index] in _TELLING


def _subject_before(links: Links, index: int) -> Span | None:
    """The subject of "is ready to", "was about to"."""
    start = index
    while start > 0 and (
        links.reading.kind[start - 1] & (Kind.BE | Kind.HAVE | Kind.MODAL | Kind.NEGATOR) or links.reading.light(start - 1)
    ):
        start -= 1
    return links.reading.first_phrase(links.reading.clause_start(start), start) if start < index else None


def _addressed(links: Links, outer: Node, node: Node) -> Span | None:
    """The phrase between a governor and its complement: "urged | Iran | to stop"."""
    assert outer.governor is not None
    end = node.verb.start if node.verb else node.first
    span = links.reading.phrase_right(max(outer.governor.end, outer.index + 1))
    return span if span and span.end <= end and span.start <= outer.governor.end + 2 else None


def mutual(links: Links, deed: Deed, roles: Roles) -> Roles:
    """As in "Turkey and Russia agreed": one acts, the other is the target."""
    if deed.type in _MUTUAL and roles.actor and not roles.other and (roles.target is None or deed.type in {"CONSULT", "SUPPORT", "AGREE"}):
        one, two = halves(links.reading, roles.actor)
        if two and (roles.target is None):
            return replace(roles, actor=one, target=two)
        if two:
            return replace(roles, actor=one, other=two)
    return roles
