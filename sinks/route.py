"""Which sinks hear of which alert: a tree of routes, with inhibition and silences. Decides nothing about when; that is `pace`'s.

Modelled on Alertmanager's routing tree: an alert goes to the deepest routes that fit, the first of several siblings unless it says
`continue`; what a route leaves out it has from the one above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sinks.match import Match, Regions, check_regions, countries_of, why_not
from tocsin.misplaced import MisplacedError
from tocsin.model import Alert, content_id


class Label(StrEnum):
    """What alerts can be grouped by, and compared by for inhibition."""

    INCIDENT = "incident"
    DYAD = "dyad"
    COUNTRY = "country"
    TYPE = "type"
    LEVEL = "level"
    ROUTE = "route"


def label(alert: Alert, by: Label) -> str:
    """The alert's value of a label; one value for all of a route's alerts where the label is the route itself."""
    return {
        Label.INCIDENT: alert.incident,
        Label.DYAD: str(alert.dyad),
        Label.COUNTRY: (alert.place.country if alert.place else None) or ",".join(sorted(countries_of(alert))),
        Label.TYPE: alert.type.value,
        Label.LEVEL: alert.level.name,
        Label.ROUTE: "",
    }[by]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone is called {name!r}; an example is Europe/Berlin") from None
    return name


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Annotated[str, Field(pattern=f"^({'|'.join(_DAYS)})$")]


class Times(BaseModel):
    """Hours of certain days in one time zone. Where `until` is not after `since`, the night after each of the days is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """The time zone, by its IANA name."""
    days: tuple[Day, ...] = _DAYS
    """On which days."""
    since: time = time(0)
    """From when ..."""
    until: time = time(0)
    """... until when, the next day where that is earlier."""

    def end(self, now: datetime) -> datetime | None:
        """When, in UTC, the hours that `now` (UTC too) falls into are over; None where it falls into none."""
        here = now.astimezone(ZoneInfo(self.zone))
        for back in (0, 1):
            day = here.date() - timedelta(days=back)
            start = datetime.combine(day, self.since, here.tzinfo)
            over = datetime.combine(day if self.until > self.since else day + timedelta(days=1), self.until, here.tzinfo)
            if _DAYS[day.weekday()] in self.days and start <= now < over:
                return over.astimezone(UTC)
        return None


class Cap(BaseModel):
    """At most `alerts` in any `per`; what is more is told in one digest at its end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alerts: Annotated[int, Field(ge=1)]
    """How many."""
    per: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(hours=1)
    """In how long."""


Wait = Annotated[timedelta, Field(ge=timedelta(0))]


class Route(BaseModel):
    """One branch. What is left out (`None`) is as in the route above."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]
    """What it is called on record."""
    match: Match = Match()
    sinks: tuple[str, ...] | None = None
    """Who hears of it."""
    go_on: bool = Field(default=False, alias="continue")
    """Whether the routes beside it are asked too, after this one fitted."""
    group_by: tuple[Label, ...] | None = None
    """The labels that alerts of one group share."""
    group_wait: Wait | None = None
    """How long a new group waits for others to join."""
    group_interval: Wait | None = None
    """How long a group is quiet between two messages."""
    repeat_interval: Wait | None = None
    """How long an incident that does not get worse is quiet between two messages."""
    mute: tuple[str, ...] | None = None
    """Names of `times` during which alerts are held back."""
    cap: Cap | None = None
    routes: tuple[Route, ...] = ()


class Inhibition(BaseModel):
    """While an alert that fits `source` is fresh, those that fit `target` and equal it in the labels are suppressed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """What it is called on record."""
    source: Match
    target: Match
    equal: tuple[Label, ...] = (Label.DYAD,)
    """The labels in which the two must agree."""
    within: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(hours=6)
    """How long an alert is fresh."""


class RoutingSettings(BaseModel):
    """The tree. Without any setting, every alert goes to every sink at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sinks: tuple[str, ...] | None = None
    """Who hears what no route fits, and what a route that names none leaves out; all sinks where it is not said."""
    routes: tuple[Route, ...] = ()
    times: dict[str, Times] = Field(default_factory=dict)
    regions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Regions by name, as lists of countries (ISO 3166-1 alpha-3)."""
    inhibit: tuple[Inhibition, ...] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for path, route in _placed(self.routes):
            for name in route.mute or ():
                _known(name, self.times, (*path, "mute"), "no times are called")
            _check(route.match, self.regions, (*path, "match"))
        for place, rule in enumerate(self.inhibit):
            _check(rule.source, self.regions, ("inhibit", str(place), "source"))
            _check(rule.target, self.regions, ("inhibit", str(place), "target"))
        for siblings in _families(self.routes):
            names = [route.name for route in siblings]
            if len(set(names)) < len(names):
                raise ValueError(f"two routes beside each other have one name: {', '.join(names)}")
        return self

    def check(self, sinks: Iterable[str]) -> None:
        """Whether every sink that is named is there.

        Raises:
            MisplacedError: one is not.
        """
        there = dict.fromkeys(sinks)
        for name in self.sinks or ():
            _known(name, there, ("sinks",), "no sink is called")
        for path, route in _placed(self.routes):
            for name in route.sinks or ():
                _known(name, there, (*path, "sinks"), "no sink is called")


def _check(match: Match, regions: Regions, path: tuple[str, ...]) -> None:
    try:
        check_regions(match, regions)
    except ValueError as wrong:
        raise MisplacedError(path, str(wrong)) from None


def _known(name: str, known: Mapping[str, Any], path: tuple[str, ...], wrong: str) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.7)
        raise MisplacedError(
            path, f"{wrong} {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}")
        )


def _placed(routes: tuple[Route, ...], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Route]]:
    """Every route, those below others too, with where it stands in the configuration."""
    for place, route in enumerate(routes):
        path = (*above, "routes", str(place))
        yield path, route
        yield from _placed(route.routes, path)


def _families(routes: tuple[Route, ...]) -> Iterator[tuple[Route, ...]]:
    yield routes
    for route in routes:
        yield from _families(route.routes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A route with what it has from those above: where an alert ends up. `path` names it, from the root."""

    path: str = "default"
    sinks: tuple[str, ...] = ()
    group_by: tuple[Label, ...] = (Label.INCIDENT,)
    group_wait: timedelta = timedelta(0)
    group_interval: timedelta = timedelta(0)
    repeat_interval: timedelta = timedelta(0)
    mute: tuple[str, ...] = ()
    cap: Cap | None = None

    def below(self, route: Route) -> Branch:
        """The branch of a route under this one. A cap is a branch's own: two routes do not share one count."""

        def told(mine: Any, from_above: Any) -> Any:
            return from_above if mine is None else mine

        return Branch(
            path=f"{self.path}/{route.name}",
            sinks=told(route.sinks, self.sinks),
            group_by=told(route.group_by, self.group_by),
            group_wait=told(route.group_wait, self.group_wait),
            group_interval=told(route.group_interval, self.group_interval),
            repeat_interval=told(route.repeat_interval, self.repeat_interval),
            mute=told(route.mute, self.mute),
            cap=told(route.cap, self.cap),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A route that was asked, and why it did not fit; for whoever wants to know why an alert took its path."""

    path: str
    why_not: str | None


class Tree:
    """The routes over the sinks there are. Holds no state."""

    def __init__(self, settings: RoutingSettings, sinks: Iterable[str]) -> None:
        self.settings = settings
        self.root = Branch(sinks=settings.sinks if settings.sinks is not None else tuple(sinks))

    def branches(self, alert: Alert) -> tuple[Branch, ...]:
        """Where the alert ends up; never nowhere: what no route fits stays at the root."""
        return self.walk(alert)[0]

    def walk(self, alert: Alert) -> tuple[tuple[Branch, ...], tuple[Step, ...]]:
        """Where the alert ends up, and every route that was asked on the way."""
        steps: list[Step] = []
        return self._walk(alert, self.root, self.settings.routes, steps), tuple(steps)

    def _walk(self, alert: Alert, here: Branch, routes: tuple[Route, ...], steps: list[Step]) -> tuple[Branch, ...]:
        found: tuple[Branch, ...] = ()
        for route in routes:
            branch = here.below(route)
            reason = why_not(route.match, alert, self.settings.regions)
            steps.append(Step(branch.path, reason))
            if reason is None:
                found += self._walk(alert, branch, route.routes, steps)
                if not route.go_on:
                    break
        return found or (here,)

    def branch(self, path: str) -> Branch | None:
        """The branch of that path; None where the configuration has it no longer."""
        here, routes = self.root, self.settings.routes
        for name in path.split("/")[1:]:
            route = next((route for route in routes if route.name == name), None)
            if route is None:
                return None
            here, routes = here.below(route), route.routes
        return here

    def muted_until(self, branch: Branch, now: datetime) -> datetime | None:
        """When the last of the branch's mute times that `now` falls into is over."""
        return max((end for name in branch.mute if (end := self.settings.times[name].end(now))), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Somebody asked not to hear of something until `ends`. `match` is as in a route."""

    id: str
    match: dict[str, Any]
    author: str
    reason: str
    starts: datetime
    ends: datetime


def silence(match: Match, author: str, reason: str, starts: datetime, ends: datetime) -> Silence:
    """A silence, named by what it says.

    Raises:
        ValueError: it fits every alert, has no author or reason, or is over before it begins.
    """
    told = match.model_dump(mode="json", exclude_defaults=True)
    if not told:
        raise ValueError("this would silence everything: say at least one thing to match")
    if not author.strip() or not reason.strip():
        raise ValueError("a silence needs an author and a reason")
    if ends <= starts:
        raise ValueError("a silence ends after it begins")
    name = content_id(repr(sorted(told.items())), author, reason, starts.isoformat(), ends.isoformat())[:12]
    return Silence(id=name, match=told, author=author, reason=reason, starts=starts, ends=ends)


def silenced_by(silences: Iterable[Silence], alert: Alert, now: datetime, regions: Regions) -> Silence | None:
    """The first silence in force that the alert fits."""
    return next((one for one in silences if one.starts <= now < one.ends and _fits(one, alert, regions)), None)


def would_hide(one: Silence, alerts: Iterable[Alert], regions: Regions) -> tuple[Alert, ...]:
    """Of these alerts, those the silence fits, whatever the time: what to look at before it is kept."""
    return tuple(alert for alert in alerts if _fits(one, alert, regions))


def _fits(one: Silence, alert: Alert, regions: Regions) -> bool:
    return why_not(Match.model_validate(one.match), alert, regions) is None
