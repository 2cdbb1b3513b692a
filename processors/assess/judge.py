"""One telling, decided: which incident it tells, what is new in it, and which alerts that is worth. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from processors.assess import ledger, reasons, tolls
from processors.assess.acts import HAPPENED, LOUD, OF_FORCE, is_told
from processors.assess.alerts import Finding, compose
from processors.assess.concern import ends_hostility, is_blow_between_countries, is_concern
from processors.assess.elsewhere import Meeting
from processors.assess.incidents import add_telling, open_incident
from processors.assess.merging import merge
from processors.assess.retaliation import chain, link, link_earlier_told
from processors.assess.seen import with_event
from processors.assess.settings import AssessSettings
from processors.assess.state import DyadState, Incident
from processors.assess.sweep import sweep
from processors.assess.telling import Telling
from processors.assess.things import GRAVE, OF_STATE
from tocsin.model import UNKNOWN_SIDE, Alert, AlertKind, Dyad, Level, Sign, Status

_BACKGROUND = timedelta(days=1)
"""What a text dates longer ago than this, below its headline, is what it reminds of."""
_RUNG_CHANGES = frozenset({AlertKind.ESCALATED, AlertKind.DEESCALATED})


def matters(telling: Telling, settings: AssessSettings) -> bool:
    """Whether what is told can be of an incident: an act said to be real, or meant, or denied, grave or friendly enough."""
    event = telling.event
    grave = not settings.open_below < event.intensity < settings.open_above
    between_two = telling.by != telling.against
    return grave and between_two and is_told(event) and event.confidence >= settings.min_confidence


def may_open(telling: Telling, settings: AssessSettings, *, told_before: bool, was_hostile: bool) -> bool:
    """Whether a telling may open an incident, and not only add to one.

    What an item says below its lead is background, and what it says besides its headline of a kind of act that it has told already is
    the same news in other words (`told_before`). A live page, a question or a comment comes after the news. Who did an act, or to
    whom, may stay open only where force was used and the place is known, or the act is of note: deadly, or on a thing of state. Where
    neither is named, it must be of note, or a bomb. A friendly act opens only where there was hostility: among what is
    known (`was_hostile`), or because it ends some. A hostile one must be of those this product is for (`concern`).
    """
    event = telling.event
    if event.sign is Sign.NEUTRAL or event.status is Status.DENIED or not telling.is_report or telling.depth > settings.lead_chars:
        return False
    if telling.is_reference and not telling.dead and not telling.things:
        return False
    if telling.depth and event.on and event.at.date() - event.on > _BACKGROUND:
        return False
    if told_before and (telling.depth or UNKNOWN_SIDE in (telling.by, telling.against)):
        return False
    if event.sign is Sign.DEESCALATION:
        is_news = was_hostile or ends_hostility(event)
    else:
        is_news = is_concern(telling, settings) or (was_hostile and is_blow_between_countries(telling))
    if not is_news:
        return False
    if telling.names_doer and telling.against != UNKNOWN_SIDE:
        return True
    deadly = telling.dead >= settings.nameless_deaths
    of_note = deadly or not telling.things.isdisjoint(OF_STATE)
    taken = event.mode == "seize" and not telling.things.isdisjoint(OF_STATE)
    if (telling.act.family not in OF_FORCE and not taken) or (event.place is None and not of_note):
        return False
    return telling.names_doer or telling.names_target or event.mode in LOUD or of_note


def judge(
    states: Mapping[str, DyadState], meeting: Meeting, telling: Telling, settings: AssessSettings
) -> tuple[DyadState, tuple[Alert, ...]]:
    """The state of the telling's home after it, where it was not counted before, and the alerts it raises."""
    dyad = meeting.home
    state = states.get(str(dyad)) or DyadState()
    if telling.at > state.newest:
        state = replace(state, newest=telling.at)
    if meeting.adopted:
        state = replace(state, incidents=(*state.incidents, meeting.adopted))
    before = state.rung
    findings: list[Finding] = []
    if meeting.heard:
        state, findings = _hear(states, state, meeting, telling, settings)
    state, quiet = sweep(state, settings)
    findings += [Finding(incident, AlertKind.RESOLVED, reasons.resolved(incident, settings.quiet_hours)) for incident in quiet]
    alerts = []
    for finding in findings:
        told = replace(finding, incident=_counted(finding.incident))
        state = _put(state, told.incident)
        alerts.append(compose(told, telling, dyad, (before, state.rung), chain(states, state, told.incident)))
    return counted(state, telling, tuple(alerts)), tuple(alerts)


def counted(state: DyadState, telling: Telling, alerts: tuple[Alert, ...]) -> DyadState:
    """The state with the telling counted, and remembered to be answered with these alerts."""
    answers = state.answers | {telling.name: alerts} if alerts else state.answers
    return replace(state, seen=with_event(state.seen, telling), answers=answers)


def _hear(
    states: Mapping[str, DyadState], state: DyadState, meeting: Meeting, telling: Telling, settings: AssessSettings
) -> tuple[DyadState, list[Finding]]:
    """The state with the telling in its incident, and what is worth an alert in that."""
    found = meeting.adopted or _by_id(state, meeting.incident)
    if found:
        incident = link(states, state, add_telling(found, telling), settings)
        state = _put(state, incident)
        state, found, incident = merge(state, found, incident, settings)
        finding = _news(found, incident, telling, settings)
        if found.held:
            incident = replace(incident, held=_is_faint(incident, telling, settings))
            state = _put(state, incident)
            finding = None if incident.held else Finding(incident, AlertKind.OPENED, _opening(state, incident, settings))
        moved = len(found.sources) != len(incident.sources) or found.figures is not incident.figures
    elif not may_open(
        telling, settings, told_before=bool(meeting.twin_of) or _told_before(state, telling), was_hostile=_was_hostile(state)
    ):
        return state, []
    else:
        opened = open_incident(telling)
        opened = replace(opened, twin_of=meeting.twin_of, held=not meeting.twin_of and _is_faint(opened, telling, settings))
        incident = link(states, state, opened, settings)
        finding = None if incident.held else Finding(incident, AlertKind.OPENED, _opening(state, incident, settings))
        state = link_earlier_told(replace(state, incidents=(*state.incidents, incident)), incident, settings)
        moved = True
    if moved:
        state, rung_changed = _climb(state, meeting.home, incident, settings)
        finding = replace(rung_changed, incident=replace(incident, held=False)) if rung_changed else finding
    if _is_silent(telling, settings):
        return _put(state, replace(incident, told=tolls.range_of(incident.figures))), []
    if finding is None or (incident.twin_of and finding.kind not in _RUNG_CHANGES):
        return state, []
    return state, [finding]


def _is_faint(incident: Incident, telling: Telling, settings: AssessSettings) -> bool:
    """Whether an act is told by too few to ring: below headlines that have no word of it, where it is often mere background."""
    in_headline = (telling.depth == 0 or telling.echoed) and telling.is_report and telling.event.status is not Status.DENIED
    return not in_headline and len(incident.sources) < settings.below_sources


def _was_hostile(state: DyadState) -> bool:
    return state.rung > Level.NONE or any(known.sign is Sign.ESCALATION for known in state.incidents)


def _told_before(state: DyadState, telling: Telling) -> bool:
    return any(telling.item in known.items and known.family == telling.act.family for known in state.incidents)


def _opening(state: DyadState, incident: Incident, settings: AssessSettings) -> str:
    days = ledger.days_without_force(state, incident.first) if incident.level >= Level.FORCE else None
    first_in_days = days if days is not None and days >= settings.first_use_days else None
    return reasons.opened(incident, tolls.range_of(incident.figures), first_in_days)


def _news(before: Incident, now: Incident, telling: Telling, settings: AssessSettings) -> Finding | None:
    """The facts that are new in an incident: a side named, a grave target, a toll outside its range, a claim confirmed, a denial."""
    news = []
    if (before.by, before.against) != (now.by, now.against):
        news.append(reasons.named(now))
    if not before.things:
        news += [GRAVE[thing] for thing in now.things if thing in GRAVE]
    if before.status is Status.CLAIMED and now.status in HAPPENED - {Status.CLAIMED}:
        news.append(reasons.confirmed(telling.house))
    if len(now.denied_by) == 1 and not before.denied_by:
        news.append(reasons.denied(telling.house))
    if now.figures is not before.figures:
        changed = tolls.changed(before.told, tolls.range_of(before.figures), tolls.range_of(now.figures), settings.toll_step)
        news += [reasons.toll_news(changed, before.told)] if changed else []
    return Finding(now, AlertKind.UPDATED, reasons.updated(now, news)) if news else None


def _climb(state: DyadState, dyad: Dyad, incident: Incident, settings: AssessSettings) -> tuple[DyadState, Finding | None]:
    """The state on the rung its incidents put it on, and the change where that is another than before."""
    now = ledger.standing(state, settings)
    if now.rung == state.rung or UNKNOWN_SIDE in (dyad.a, dyad.b):
        return state, None
    kind = AlertKind.ESCALATED if now.rung > state.rung else AlertKind.DEESCALATED
    reason = reasons.rung_changed(state.rung, now.rung, (dyad.a, dyad.b), now.by)
    state = replace(state, rung=now.rung, rung_since=state.newest, rung_by=now.by)
    if kind is AlertKind.DEESCALATED and incident.sign is Sign.ESCALATION:
        return state, None  # a hostile act is no news of calm, even where the last one is so long ago that the rung has fallen
    return state, Finding(incident, kind, reason)


def _is_silent(telling: Telling, settings: AssessSettings) -> bool:
    """Whether what a telling says is tracked and wakes nobody: old items of a new feed, and acts of long ago."""
    event = telling.event
    if event.baseline and event.at < event.fetched - timedelta(hours=settings.baseline_hours):
        return True
    return event.on is not None and (event.at.date() - event.on) > timedelta(days=settings.stale_days)


def _counted(incident: Incident) -> Incident:
    """The incident with one alert more to its count, and with its tolls told."""
    return replace(incident, revision=incident.revision + 1, told=tolls.range_of(incident.figures))


def _by_id(state: DyadState, incident: str) -> Incident | None:
    return next((known for known in state.incidents if known.id == incident), None)


def _put(state: DyadState, incident: Incident) -> DyadState:
    return replace(state, incidents=tuple(incident if known.id == incident.id else known for known in state.incidents))
