"""When a sink hears of an alert: groups that wait for each other, quiet intervals, mute times, caps with a digest.

Pure decisions over values and state mappings; `now` is handed in. Nothing is dropped: every alert is sent, held until a time, or
suppressed with the reason. What makes an incident worse goes out at once, whatever the intervals and caps say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sinks.agenda import Agenda
from sinks.digest import digest
from sinks.match import why_not
from sinks.route import Branch, Label, Silence, Tree, label, silenced_by
from tocsin.model import Alert, AlertKind

T = TypeVar("T")


class Fate(StrEnum):
    """What becomes of an alert on one branch."""

    SEND = "send"
    HOLD = "hold"
    SUPPRESS = "suppress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The fate of one alert on one branch: which sinks it concerns, why, and until when it is held."""

    alert: Alert
    path: str
    sinks: tuple[str, ...]
    fate: Fate
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was last said about an incident, and when."""

    level: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An alert that waits."""

    alert: Alert
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Alerts of one branch that share their labels: who waits, until when newcomers wait, what was told of whom."""

    path: str
    held: tuple[Held, ...] = ()
    flush: datetime | None = None
    last: datetime | None = None
    told: dict[str, Told] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One stretch of a capped branch: when it began, how many were sent in it, and who was too many."""

    since: datetime
    sent: int = 0
    over: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A fresh alert on account of which others may be inhibited."""

    alert: str
    incident: str
    level: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the pace remembers; mappings of the store in one process, plain dicts in a test."""

    groups: MutableMapping[str, Group] = field(default_factory=dict)
    windows: MutableMapping[str, Window] = field(default_factory=dict)
    causes: MutableMapping[str, Cause] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)


class Pacer:
    """Rules on alerts, one after the other. Each alert is given once; `tick` is called when `next_tick` says so, or more often."""

    def __init__(self, tree: Tree, state: State) -> None:
        """Reads the state once; from then on, an alert costs the same however many groups are kept. Where the state is set back (a
        transaction failed), another pacer is to be made.
        """
        self._tree, self._state = tree, state
        self._flushes, self._expiries, self._ends_of_causes = Agenda(), Agenda(), Agenda()
        for key, group in state.groups.items():
            self._plan(key, group)
        for key, cause in state.causes.items():
            self._ends_of_causes.put(key, cause.until)

    def take(self, alert: Alert, now: datetime) -> tuple[Ruling, ...]:
        """What becomes of a new alert on each of its branches, and of others on its account."""
        due = self.tick(now)
        branches = self._tree.branches(alert)
        reason = self._silenced(alert, now) or self._inhibited(alert)
        self._remember_cause(alert, now)
        if reason:
            return due + tuple(_ruling(alert, branch, Fate.SUPPRESS, reason) for branch in branches)
        return due + tuple(ruling for branch in branches for ruling in self._pace(alert, branch, now))

    def in_one(self, alerts: tuple[Alert, ...], why: str, now: datetime) -> tuple[Ruling, ...]:
        """What becomes of new alerts that are to be told together: one digest on each branch, of what is neither silenced nor inhibited."""
        rulings = list(self.tick(now))
        shared: dict[str, list[Alert]] = {}
        for alert in alerts:
            reason = self._silenced(alert, now) or self._inhibited(alert)
            for branch in self._tree.branches(alert):
                if reason:
                    rulings.append(_ruling(alert, branch, Fate.SUPPRESS, reason))
                else:
                    shared.setdefault(branch.path, []).append(alert)
        for path, together in shared.items():
            branch = self._tree.branch(path) or self._tree.root
            if len(together) == 1:  # nothing to put together
                rulings.extend(self._pace(together[0], branch, now))
            else:
                rulings.extend(self._in_one(tuple(together), branch, now, why))
        return tuple(rulings)

    def tick(self, now: datetime) -> tuple[Ruling, ...]:
        """What is to be sent since time has passed."""
        for key in self._ends_of_causes.due(now):
            del self._state.causes[key]
        digests = [ruling for path in list(self._state.windows) for ruling in self._close(path, now)]
        flushed = [ruling for key in list(self._flushes.due(now)) for ruling in self._flush(key, now)]
        for key in list(self._expiries.due(now)):
            group = self._state.groups[key]
            self._keep(key, group, self._branch(group), now)
        return (*digests, *flushed)

    def next_tick(self) -> datetime | None:
        """When the next alert that is held is due; None where none is."""
        over = [window.since + self._per(path) for path, window in self._state.windows.items() if window.over]
        return min([*over, *filter(None, [self._flushes.next()])], default=None)

    # -- silences and inhibition

    def _silenced(self, alert: Alert, now: datetime) -> str:
        silence = silenced_by(self._state.silences.values(), alert, now, self._tree.settings.regions)
        return f"silenced by {silence.author}: {silence.reason} ({silence.id})" if silence else ""

    def _inhibited(self, alert: Alert) -> str:
        """On account of what the alert is inhibited. Nothing inhibits its own incident, or what is worse than itself."""
        for rule in self._tree.settings.inhibit:
            cause = self._state.causes.get(_key(rule.name, alert, rule.equal))
            if cause is None or cause.incident == alert.incident or alert.level > cause.level:
                continue
            if why_not(rule.target, alert, self._tree.settings.regions) is None:
                return f"inhibited by {rule.name}: alert {cause.alert}"
        return ""

    def _remember_cause(self, alert: Alert, now: datetime) -> None:
        for rule in self._tree.settings.inhibit:
            if why_not(rule.source, alert, self._tree.settings.regions) is None:
                key, until = _key(rule.name, alert, rule.equal), now + rule.within
                self._state.causes[key] = Cause(alert=alert.id, incident=alert.incident, level=alert.level, until=until)
                self._ends_of_causes.put(key, until)

    # -- groups and intervals

    def _pace(self, alert: Alert, branch: Branch, now: datetime) -> Iterator[Ruling]:
        key = _key(branch.path, alert, branch.group_by)
        group = self._state.groups.get(key) or Group(path=branch.path)
        kept, outdated = _parted(group.held, lambda waiting: _outdates(alert, waiting.alert))
        group = replace(group, held=kept)
        for old in (*(waiting.alert for waiting in outdated), *self._take_from_window(branch, lambda old: _outdates(alert, old))):
            yield _ruling(old, branch, Fate.SUPPRESS, f"outdated by {alert.id}")
        muted = self._tree.muted_until(branch, now)
        if _is_worse(alert, group) and not muted:
            yield from self._at_once(alert, key, group, branch, now)
            return
        flush = _flush_time(group, branch, now)
        told = group.told.get(alert.incident)
        due = max(flush, muted or now, told.at + branch.repeat_interval if told else now)
        if due > now:
            self._keep(key, replace(group, held=(*group.held, Held(alert=alert, due=due)), flush=flush), branch, now)
            reason = "muted" if due == muted else "repeated too soon" if due > flush else "waits for its group"
            yield _ruling(alert, branch, Fate.HOLD, reason, due)
            return
        self._keep(key, _told(group, (alert,), now), branch, now)
        yield self._capped(alert, branch, now)

    def _at_once(self, alert: Alert, key: str, group: Group, branch: Branch, now: datetime) -> Iterator[Ruling]:
        """Send what got worse, and before it the graver words on its incident that still wait: order is kept."""
        kept, before = _parted(group.held, lambda waiting: waiting.alert.incident == alert.incident)
        over = self._take_from_window(branch, lambda old: old.incident == alert.incident)
        waited = sorted((*over, *(waiting.alert for waiting in before)), key=lambda old: old.revision)
        self._keep(key, _told(replace(group, held=kept), (*waited, alert), now), branch, now)
        for one in (*waited, alert):
            self._count(branch, now)
            yield _ruling(one, branch, Fate.SEND, "it got worse")

    def _flush(self, key: str, now: datetime) -> Iterator[Ruling]:
        """Send what the group held until now; a branch that is muted by now holds it on."""
        group = self._state.groups[key]
        branch = self._branch(group)
        ready = tuple(waiting.alert for waiting in group.held if waiting.due <= now)
        if ready and (muted := self._tree.muted_until(branch, now)):
            held = tuple(replace(waiting, due=max(waiting.due, muted)) for waiting in group.held)
            self._put(key, replace(group, held=held))
            return
        if ready:
            group = replace(group, held=tuple(waiting for waiting in group.held if waiting.due > now))
            group = _told(group, ready, now)
        self._keep(key, group, branch, now)
        if len({alert.incident for alert in ready}) > 1:
            yield from self._in_one(ready, branch, now, "grouped")
        else:
            for alert in ready:
                yield self._capped(alert, branch, now)

    def _keep(self, key: str, group: Group, branch: Branch, now: datetime) -> None:
        """Keep the group, and what was told in it, as long as it can matter."""
        quiet = _quiet(branch)
        told = {incident: told for incident, told in group.told.items() if now < told.at + quiet}
        if group.held or told:
            self._put(key, replace(group, told=told))
        elif key in self._state.groups:
            del self._state.groups[key]
            self._flushes.put(key, None)
            self._expiries.put(key, None)

    def _put(self, key: str, group: Group) -> None:
        self._state.groups[key] = group
        self._plan(key, group)

    def _plan(self, key: str, group: Group) -> None:
        """When the group is to be looked at: to send what it holds, and to forget what was told when that no longer matters."""
        quiet = _quiet(self._branch(group))
        self._flushes.put(key, min((waiting.due for waiting in group.held), default=None))
        self._expiries.put(key, max((told.at + quiet for told in group.told.values()), default=None))

    def _branch(self, group: Group) -> Branch:
        return self._tree.branch(group.path) or self._tree.root

    # -- caps

    def _per(self, path: str) -> timedelta:
        branch = self._tree.branch(path)
        return branch.cap.per if branch and branch.cap else timedelta(0)

    def _window(self, branch: Branch, now: datetime) -> Window:
        window = self._state.windows.get(branch.path)
        return window if window and now < window.since + self._per(branch.path) else Window(since=now)

    def _count(self, branch: Branch, now: datetime) -> None:
        if branch.cap:
            window = self._window(branch, now)
            self._state.windows[branch.path] = replace(window, sent=window.sent + 1)

    def _capped(self, alert: Alert, branch: Branch, now: datetime) -> Ruling:
        window = self._window(branch, now)
        if branch.cap and window.sent >= branch.cap.alerts:
            self._state.windows[branch.path] = replace(window, over=(*window.over, alert))
            return _ruling(alert, branch, Fate.HOLD, "over the cap", window.since + branch.cap.per)
        self._count(branch, now)
        return _ruling(alert, branch, Fate.SEND)

    def _close(self, path: str, now: datetime) -> Iterator[Ruling]:
        """Tell in one what was too many in a window that is over."""
        window = self._state.windows[path]
        if now < window.since + self._per(path):
            return
        del self._state.windows[path]
        branch = self._tree.branch(path) or self._tree.root
        if len(window.over) == 1:
            yield self._capped(window.over[0], branch, now)
        elif window.over:
            yield from self._in_one(window.over, branch, now, "over the cap")

    def _in_one(self, alerts: tuple[Alert, ...], branch: Branch, now: datetime, why: str) -> Iterator[Ruling]:
        one = digest(alerts, branch.path, why)
        self._count(branch, now)
        yield _ruling(one, branch, Fate.SEND, why)
        for alert in alerts:
            yield _ruling(alert, branch, Fate.SUPPRESS, f"{why}: told in digest {one.id}")

    def _take_from_window(self, branch: Branch, chosen: Callable[[Alert], bool]) -> tuple[Alert, ...]:
        """Those that were over the cap and are chosen; they are no longer there."""
        window = self._state.windows.get(branch.path)
        if window is None:
            return ()
        kept, taken = _parted(window.over, chosen)
        if taken:
            self._state.windows[branch.path] = replace(window, over=kept)
        return taken


def _quiet(branch: Branch) -> timedelta:
    """How long it matters what was told."""
    return max(branch.group_interval, branch.repeat_interval)


def _ruling(alert: Alert, branch: Branch, fate: Fate, reason: str = "", until: datetime | None = None) -> Ruling:
    return Ruling(alert=alert, path=branch.path, sinks=branch.sinks, fate=fate, reason=reason, until=until)


def _key(name: str, alert: Alert, labels: Iterable[Label]) -> str:
    return "|".join((name, *(label(alert, by) for by in labels)))


def _outdates(alert: Alert, old: Alert) -> bool:
    """A later alert of the incident says all that an earlier one said, unless the earlier one was graver."""
    return old.incident == alert.incident and old.level <= alert.level


def _parted(values: tuple[T, ...], chosen: Callable[[T], bool]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """The values that are not chosen, and those that are."""
    return tuple(value for value in values if not chosen(value)), tuple(value for value in values if chosen(value))


def _is_worse(alert: Alert, group: Group) -> bool:
    """Graver than what was told of its incident; for an incident not yet told, than all that was told of its group."""
    if alert.kind is AlertKind.ESCALATED:
        return True
    known = group.told.get(alert.incident)
    said = [known] if known else list(group.told.values())
    return bool(said) and alert.level > max(told.level for told in said)


def _flush_time(group: Group, branch: Branch, now: datetime) -> datetime:
    if group.flush and group.flush > now:
        return group.flush
    return max(now, group.last + branch.group_interval) if group.last else now + branch.group_wait


def _told(group: Group, alerts: Iterable[Alert], now: datetime) -> Group:
    said = {alert.incident: Told(level=alert.level, at=now) for alert in alerts}
    return replace(group, last=now, told=group.told | said)
