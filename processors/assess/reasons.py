"""Why an alert was raised, in one sentence, and the names of acts and sides in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from processors.assess.places import country_name
from processors.assess.state import Incident
from tocsin.model import UNKNOWN_SIDE, EventType, Level, Link, Status, Toll

_MODES = {
    "aerial": "an air strike",
    "drone": "a drone attack",
    "heavy-weapons": "shelling or missile fire",
    "explosives": "a bombing",
    "suicide-attack": "a suicide attack",
    "firearms": "a shooting",
    "abduct": "an abduction",
    "targeted": "a targeted killing",
    "expel": "an expulsion",
    "withdraw": "a withdrawal",
    "discontinue": "a break of relations",
    "ceasefire": "a ceasefire",
    "seize": "a seizure",
    "restrict": "a restriction",
    "cyber": "a cyber attack",
    "arrest": "arrests",
    "troops": "a movement of troops",
    "weapons": "a show of weapons",
}
_TYPES = {
    EventType.ASSAULT: "an attack",
    EventType.COERCE: "coercion",
    EventType.MOBILIZE: "a mobilisation",
    EventType.SANCTION: "a sanction",
    EventType.THREATEN: "a threat",
    EventType.PROTEST: "a protest",
    EventType.RETREAT: "a retreat",
    EventType.CONCEDE: "a concession",
    EventType.AGREE: "an agreement",
    EventType.COOPERATE: "cooperation",
    EventType.AID: "aid",
    EventType.SUPPORT: "support",
}
_RUNGS = {
    Level.NONE: "no hostility",
    Level.THREAT: "threats",
    Level.DISPLAY: "a display of force",
    Level.FORCE: "use of force",
    Level.WAR: "war",
}
_MEANT = {Status.THREATENED: "threatened", Status.PLANNED: "planned"}


def side_name(side: str) -> str:
    """A side as a reader knows it: "Pakistan", "Syria (REB)", "Hamas".

    >>> side_name("PAK")
    'Pakistan'
    """
    if side == UNKNOWN_SIDE:
        return "an unnamed side"
    whole, _, sector = side.partition(":")
    return f"{country_name(whole)} ({sector})" if sector else country_name(whole)


def mode_words(kind: EventType, mode: str | None) -> str:
    """What was done, by its mode where that has a name of its own, else by its type: "an air strike", "a sanction"."""
    return _MODES.get(mode or "") or _TYPES.get(kind, kind.value.lower())


def act_words(incident: Incident) -> str:
    """What was done, by whom, to whom, where: "an air strike by Pakistan on Iran in Saravan"."""
    words = mode_words(incident.type, incident.mode)
    meant = _MEANT.get(incident.status)
    if meant and incident.type is not EventType.THREATEN:
        words = f"{meant} {words.removeprefix('a ').removeprefix('an ')}"
    told = [words]
    if incident.by != UNKNOWN_SIDE:
        told.append(f"by {side_name(incident.by)}")
    if incident.against != UNKNOWN_SIDE:
        told.append(f"{'with' if incident.mutual else 'against'} {side_name(incident.against)}")
    if incident.places:
        told.append(f"in {incident.places[0].name}")
    return " ".join(told)


def toll_words(tolls: Iterable[Toll]) -> str:
    """Tolls in words: "9 to 12 killed, at least 20 injured"."""
    return ", ".join(f"{_number(toll)} {toll.kind}" for toll in tolls)


def opened(incident: Incident, tolls: Sequence[Toll], first_in_days: int | None) -> str:
    parts = [f"First report of {act_words(incident)}"]
    if tolls:
        parts.append(toll_words(tolls))
    if incident.status is Status.CLAIMED:
        parts.append("a claim nobody independent has reported yet")
    if first_in_days is not None:
        parts.append(f"the first use of force between them in {first_in_days} days")
    if incident.responds_to:
        parts.append(answer(incident.responds_to))
    return _sentence(parts)


def answer(link: Link) -> str:
    """What an act is said to answer."""
    if link.incident is None:
        return f'it is said to be an answer: "{link.quote}"'
    doer = side_name(link.by)
    return f'an answer to what {doer} did {link.hours:g} hours before: "{link.headline}"'


def updated(incident: Incident, news: Sequence[str]) -> str:
    return _sentence([f"News of {act_words(incident)}: {news[0]}", *news[1:]])


def toll_news(now: Sequence[Toll], told: Sequence[Toll]) -> str:
    before = toll_words(toll for toll in told if any(toll.kind == new.kind for new in now))
    return f"now {toll_words(now)}" + (f" (before: {before})" if before else "")


def named(incident: Incident) -> str:
    return f"it is now said to be {act_words(incident)}"


def confirmed(house: str) -> str:
    return f"what was a claim is reported independently by {house}"


def denied(house: str) -> str:
    return f"it is denied, as {house} tells"


def rung_changed(before: Level, now: Level, pair: Sequence[str], by: Incident | None) -> str:
    verb = "rises" if now > before else "falls"
    because = f"by {act_words(by)}, told by {len(by.sources)} independent sources" if by else "since nothing holds it there any more"
    names = " and ".join(side_name(side) for side in pair)
    return _sentence([f"{names}: the rung {verb} from {before.value} ({_RUNGS[before]}) to {now.value} ({_RUNGS[now]}), {because}"])


def resolved(incident: Incident, hours: float) -> str:
    return _sentence([f"Nothing was told of {act_words(incident)} for {hours:g} hours"])


def _number(toll: Toll) -> str:
    if toll.min != toll.max:
        return f"{toll.min} to {toll.max}"
    return f"at least {toll.max}" if toll.or_more else str(toll.max)


def _sentence(parts: Sequence[str]) -> str:
    return "; ".join(parts) + "."
