"""Statements joined with the mentions around them: drafts of events, before an item's retellings of one act are merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from processors.tag.compose import Deed
from tocsin.model import Actor, Casualties, Evidence, Place, Response, Sign, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event in the making. `known` counts the sides the lexicon knows; `depth` is that of its statement.

    `tolls` are empty until all drafts of the item are there (see `attribution`).
    """

    deed: Deed
    status: Status
    sign: Sign
    actor: Actor | None
    target: Actor | None
    place: Place | None = None
    breadth: int = 0
    """0 for a town, 1 for a region, 2 for a country: what another sentence names more exactly says more."""
    is_grounded: bool = False
    """Whether only the ground gave the target its country."""
    on: date | None = None
    tolls: tuple[Casualties, ...] = ()
    response: Response | None = None
    evidence: tuple[Evidence, ...] = ()
    depth: int = 0
    known: int = 0
    weight: int = 1
    is_noun: bool = False
    order: int = field(default=0)

    @property
    def killed(self) -> int:
        """How many it killed at least, by the highest of its tolls."""
        return max((toll.min for toll in self.tolls if toll.kind == "killed"), default=0)

    @property
    def is_between(self) -> bool:
        """Whether both sides have a name, and not the same."""
        names = [actor.country or actor.id if actor else None for actor in (self.actor, self.target)]
        return None not in names and names[0] != names[1]


MOST_ACTS = 150
"""Acts one item may tell; a text with more is a list, and the time each further one takes would grow with all before it."""


def merged(drafts: Sequence[Draft]) -> list[Draft]:
    """One draft for each act: what an item says of one act in several sentences is put together, in the order of the text."""
    out: list[Draft] = []
    for draft in drafts:
        for index, other in enumerate(out):
            if _same_act(other, draft):
                out[index] = _joined(other, draft)
                break
        else:
            if len(out) < MOST_ACTS:
                out.append(draft)
    return out


def _same_act(one: Draft, two: Draft) -> bool:
    return (
        one.deed.type == two.deed.type
        and one.sign == two.sign
        and _same_status(one.status, two.status)
        and _same_side(one.actor, two.actor)
        and (_same_side(one.target, two.target) or _is_victim(one, two) or _is_ground(one, two))
        and _agree(one.on, two.on)
        and _same_place(one.place, two.place)
        and (one.known > 0 or two.known > 0 or one.order == two.order)
    )


def _is_victim(one: Draft, two: Draft) -> bool:
    """Whether two acts of one named actor differ only in that one names a country struck and the other people hit there."""
    named = [draft.target is not None and bool(draft.target.country or draft.target.id) and not draft.is_grounded for draft in (one, two)]
    return named.count(True) == 1 and bool(one.actor and two.actor and (one.actor.country or one.actor.id))


def _is_ground(one: Draft, two: Draft) -> bool:
    """Whether two acts of one named actor differ only in that one names who was hit, and the other the ground ("new strikes in Raqqa")."""
    if not (one.actor and two.actor and one.actor.id and one.actor.id == two.actor.id):
        return False
    return _names_ground(one) or _names_ground(two)


def _names_ground(draft: Draft) -> bool:
    """Whether the words of the target are those of the place."""
    spans = {role: {(said.field, said.start, said.end) for said in draft.evidence if said.role == role} for role in ("target", "place")}
    return draft.target is not None and draft.target.id is None and not spans["target"].isdisjoint(spans["place"])


_HAPPENED = frozenset({Status.REPORTED, Status.CLAIMED, Status.DENIED})


def _same_status(one: Status, two: Status) -> bool:
    return one == two or {one, two} <= _HAPPENED


def _same_side(one: Actor | None, two: Actor | None) -> bool:
    if one is None or two is None:
        return True
    if one.id and two.id:
        return one.id == two.id or (one.country is not None and one.country == two.country and _is_state(one) and _is_state(two))
    if one.country and two.country:
        return one.country == two.country
    named = (one.id or one.country) or (two.id or two.country)
    return not named or one.text.casefold() == two.text.casefold() or one.sector == two.sector


_STATE = frozenset({"GOV", "MIL", "SPY", "COP", "LEG", "JUD", None})


def _is_state(actor: Actor) -> bool:
    return actor.sector in _STATE


def _same_place(one: Place | None, two: Place | None) -> bool:
    if one is None or two is None or one.name == two.name:
        return True
    return one.country == two.country


def _agree(one: object, two: object) -> bool:
    return one is None or two is None or one == two


def _is_plainer(mode: str, than: str) -> bool:
    """Whether a mode tells no more than another: a blast may turn out to be a suicide bomber's."""
    return not mode or (bool(than) and (than, mode) != ("explosives", "suicide-attack"))


def _joined(one: Draft, two: Draft) -> Draft:
    """What both say: the first telling leads, the second fills its gaps."""
    return replace(
        one,
        deed=one.deed if _is_plainer(two.deed.mode, one.deed.mode) else replace(one.deed, mode=two.deed.mode),
        status=one.status if one.status is not Status.DENIED else two.status,
        actor=_fuller(one.actor, two.actor),
        target=two.target
        if (_names_ground(one) or (one.is_grounded and not two.is_grounded)) and two.target
        else _fuller(one.target, two.target),
        is_grounded=one.is_grounded and two.is_grounded,
        place=two.place if _is_narrower(two, one) else one.place,
        breadth=two.breadth if _is_narrower(two, one) else one.breadth,
        on=one.on or two.on,
        response=_response(one.response, two.response),
        evidence=_evidence(one, two),
        depth=min(one.depth, two.depth),
        known=max(one.known, two.known),
        weight=max(one.weight, two.weight),
    )


_ON_GROUND = frozenset({"ASSAULT", "COERCE"})
_AT_HOME = frozenset({"junta", "junta's", "regime", "regime's"})
"""Words for those who rule a country, and use force there."""


def grounded(draft: Draft) -> Draft:
    """The draft with the country of its ground as that of a target without one: whom force meets in Iran, it meets as Iran.

    Where nobody is named at all, the place itself is the target.
    """
    place, target = draft.place, draft.target
    if draft.deed.type not in _ON_GROUND or draft.deed.turned or place is None or place.country is None:
        return draft
    if draft.actor and _is_at_home(draft.actor):
        draft = replace(draft, actor=replace(draft.actor, country=place.country, id=place.country))
    if target is not None:
        is_somebody = not (target.country or target.id)
        return replace(draft, target=replace(target, country=place.country), is_grounded=True) if is_somebody else draft
    words = next((said for said in draft.evidence if said.role == "place"), None)
    if words is None:
        return draft
    return replace(draft, target=Actor(text=words.quote, country=place.country), evidence=(*draft.evidence, replace(words, role="target")))


def _is_at_home(actor: Actor) -> bool:
    """Whether a side without a country is a power that acts on its own ground only: "junta troops", "regime forces"."""
    is_nameless = not (actor.country or actor.id) and actor.sector in _STATE
    return is_nameless and not _AT_HOME.isdisjoint(actor.text.casefold().split())


MOST_EVIDENCE = 40
"""Quotes one event is given at most: more proves nothing more, and an item that repeats one act a thousand times stays cheap."""


def _evidence(one: Draft, two: Draft) -> tuple[Evidence, ...]:
    if len(one.evidence) >= MOST_EVIDENCE:
        return one.evidence
    return tuple(dict.fromkeys(one.evidence + two.evidence))


def _fuller(one: Actor | None, two: Actor | None) -> Actor | None:
    if one is None or (two and not (one.id or one.country) and (two.id or two.country)):
        return two
    return one


def _is_narrower(one: Draft, than: Draft) -> bool:
    """Whether a draft says more exactly where: a place where the other has none, a town in its region or country."""
    if one.place is None or than.place is None:
        return than.place is None
    return one.place.country == than.place.country and one.breadth < than.breadth


def _response(one: Response | None, two: Response | None) -> Response | None:
    if one is None or (two and one.actor is None and two.actor is not None):
        return two
    return one
