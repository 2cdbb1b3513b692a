"""One telling, decided: which incident it tells, what is new in it, and which alerts that is worth. Values in, values out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from processors.assess import ledger, reasons, tolls
from processors.assess.acts import HAPPENED, is_told
from processors.assess.alerts import Finding, compose
from processors.assess.identity import find
from processors.assess.incidents import add_telling, open_incident
from processors.assess.settings import AssessSettings
from processors.assess.state import DyadState, Incident
from processors.assess.sweep import sweep
from processors.assess.telling import Telling
from tocsin.model import Alert, AlertKind, Dyad, Level, Sign, Status


def judge(state: DyadState, dyad: Dyad, telling: Telling, settings: AssessSettings) -> tuple[DyadState, tuple[Alert, ...]]:
    """The state after a telling that was not counted before, and the alerts it raises."""
    state = replace(state, newest=max(state.newest, telling.at))
    before = state.rung
    findings: list[Finding] = []
    if is_told(telling.event) and telling.event.confidence >= settings.min_confidence:
        state, findings = _hear(state, dyad, telling, settings)
    state, quiet = sweep(state, settings)
    findings += [Finding(incident, AlertKind.RESOLVED, reasons.resolved(incident, settings.quiet_hours)) for incident in quiet]
    alerts = []
    for finding in findings:
        told = replace(finding, incident=_counted(finding.incident))
        state = _put(state, told.incident)
        alerts.append(compose(told, telling, dyad, before, state.rung))
    answers = state.answers | {telling.name: tuple(alerts)} if alerts else state.answers
    seen = state.seen | {telling.name: int(telling.at.timestamp())}
    return replace(state, seen=seen, answers=answers), tuple(alerts)


def _hear(state: DyadState, dyad: Dyad, telling: Telling, settings: AssessSettings) -> tuple[DyadState, list[Finding]]:
    found = find(state.incidents, telling, settings)
    if found:
        incident = add_telling(found, telling)
        state = _put(state, incident)
        news = _news(found, incident, telling, settings)
        kind, reason = AlertKind.UPDATED, reasons.updated(incident, news) if news else ""
        moved = len(found.sources) != len(incident.sources) or found.figures != incident.figures
    elif telling.event.status is Status.DENIED or not _matters(telling, settings):
        return state, []
    else:
        incident = open_incident(telling)
        days = ledger.days_without_force(state, telling.at) if incident.level >= Level.FORCE else None
        first_in_days = days if days is not None and days >= settings.first_use_days else None
        state = replace(state, incidents=(*state.incidents, incident))
        kind, reason = AlertKind.OPENED, reasons.opened(incident, tolls.range_of(incident.figures), first_in_days)
        moved = True
    before = state.rung
    if moved:
        state, reason_of_rung = _climb(state, dyad, settings)
        if reason_of_rung:
            kind = AlertKind.ESCALATED if state.rung > before else AlertKind.DEESCALATED
            reason = reason_of_rung
    if _is_silent(telling, settings):
        return _put(state, replace(incident, told=tolls.range_of(incident.figures))), []
    if not reason:
        return state, []
    return state, [Finding(incident, kind, reason)]


def _matters(telling: Telling, settings: AssessSettings) -> bool:
    """Whether an act is grave, or friendly, enough to be an incident."""
    return not settings.open_below < telling.event.intensity < settings.open_above and telling.event.sign is not Sign.NEUTRAL


def _is_silent(telling: Telling, settings: AssessSettings) -> bool:
    """Whether what a telling says is tracked and wakes nobody: old items of a new feed, and acts of long ago."""
    event = telling.event
    if event.baseline and event.at < event.fetched - timedelta(hours=settings.baseline_hours):
        return True
    return event.on is not None and (event.at.date() - event.on) > timedelta(days=settings.stale_days)


def _news(before: Incident, now: Incident, telling: Telling, settings: AssessSettings) -> list[str]:
    """The facts that are new in an incident, in words: a toll outside its range, a claim confirmed, a denial."""
    news = []
    if before.status is Status.CLAIMED and now.status in HAPPENED - {Status.CLAIMED}:
        news.append(reasons.confirmed(telling.house))
    if len(now.denied_by) == 1 and not before.denied_by:
        news.append(reasons.denied(telling.house))
    changed = tolls.changed(before.told, tolls.range_of(before.figures), tolls.range_of(now.figures), settings.toll_step)
    if changed:
        news.append(reasons.toll_news(changed, before.told))
    return news


def _climb(state: DyadState, dyad: Dyad, settings: AssessSettings) -> tuple[DyadState, str]:
    """The state on the rung its incidents put it on, and the reason in words where that is another than before."""
    now = ledger.standing(state, settings)
    if now.rung == state.rung:
        return state, ""
    because = (
        f"by {reasons.act_words(now.by)}, told by {len(now.by.sources)} independent sources" if now.by else "since nothing holds it there"
    )
    reason = reasons.rung_changed(state.rung, now.rung, (dyad.a, dyad.b), because)
    return replace(state, rung=now.rung, rung_since=state.newest, rung_by=now.by), reason


def _counted(incident: Incident) -> Incident:
    """The incident with one alert more to its count, and with its tolls told."""
    return replace(incident, revision=incident.revision + 1, told=tolls.range_of(incident.figures))


def _put(state: DyadState, incident: Incident) -> DyadState:
    return replace(state, incidents=tuple(incident if known.id == incident.id else known for known in state.incidents))
