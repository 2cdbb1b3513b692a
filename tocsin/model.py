"""The words of the field: every value that travels between rooms.

Frozen, comparable, standard library only. Times are aware and in UTC; ids are derived from content, never random and
never from the clock, so that a value that comes again is recognised as the same (DESIGN's law, ARCHITECTURE.md §4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import blake2b

OLDEST_BELIEVED = timedelta(days=7)
"""How far before its fetch a claimed publication time is believed."""
NEWEST_BELIEVED = timedelta(minutes=10)
"""How far after its fetch a claimed publication time is believed: clocks differ by minutes, not by hours."""


def content_id(*parts: str) -> str:
    """32 hex digits that name a thing by its content: blake2b-128 over the parts, each with its length before it.

    >>> content_id("a", "bc") == content_id("ab", "c")
    False
    """
    digest = blake2b(digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return digest.hexdigest()


def event_time(published: datetime | None, fetched: datetime) -> datetime:
    """The time decisions use: `published` clamped to [fetched - 7 d, fetched + 10 min], else `fetched`."""
    if published is None:
        return fetched
    return min(max(published, fetched - OLDEST_BELIEVED), fetched + NEWEST_BELIEVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """One entry of one feed, as cleaned text.

    `feed` is the feed's URL (or name, in piped items); `outlet` is who publishes: the host of the link, or the
    source an aggregator names. `fetched` is ours, `published` the feed's claim. `baseline` marks an item of the first poll of
    a new feed: it is tracked, and alerts only if it is recent.
    """

    id: str
    feed: str
    fetched: datetime
    title: str = ""
    summary: str = ""
    text: str = ""
    url: str = ""
    guid: str = ""
    outlet: str = ""
    published: datetime | None = None
    baseline: bool = False

    @property
    def at(self) -> datetime:
        return event_time(self.published, self.fetched)


class Relation(StrEnum):
    """What an item is to what was seen before. Nothing is deleted: `same` is counted, the others travel on."""

    NEW = "new"
    SAME = "same"
    REVISION = "revision"
    RETELLING = "retelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An item with its place among the others: `id` is the id of the story's first item."""

    id: str
    relation: Relation
    item: NewsItem
    changed: tuple[str, ...] = ()
    """For a revision: the fields that changed."""


class EventType(StrEnum):
    """The sixteen event types of PLOVER 2.0 (openeventdata/PLOVER, manual v2.0)."""

    AGREE = "AGREE"
    CONSULT = "CONSULT"
    SUPPORT = "SUPPORT"
    CONCEDE = "CONCEDE"
    COOPERATE = "COOPERATE"
    AID = "AID"
    RETREAT = "RETREAT"
    REQUEST = "REQUEST"
    ACCUSE = "ACCUSE"
    REJECT = "REJECT"
    THREATEN = "THREATEN"
    PROTEST = "PROTEST"
    SANCTION = "SANCTION"
    MOBILIZE = "MOBILIZE"
    COERCE = "COERCE"
    ASSAULT = "ASSAULT"


class Sign(StrEnum):
    """Which way an event moves a dyad."""

    ESCALATION = "escalation"
    DEESCALATION = "deescalation"
    NEUTRAL = "neutral"


class Status(StrEnum):
    """How real the text says the act is."""

    REPORTED = "reported"
    CLAIMED = "claimed"
    DENIED = "denied"
    THREATENED = "threatened"
    PLANNED = "planned"
    HYPOTHETICAL = "hypothetical"
    NEGATED = "negated"
    HISTORICAL = "historical"


UNKNOWN_SIDE = "?"
"""The side of a dyad that nobody names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts or is acted upon: the words of the text, and what they resolve to.

    `id` is ours ("FRA", "IS", "HAMAS", "UN"), `country` an ISO 3166-1 alpha-3 code, `sector` a PLOVER sector
    (GOV MIL REB SPY COP PRM UAF UNK CVL IGO NGO ...). Each is None where the text does not say.
    """

    text: str
    id: str | None = None
    country: str | None = None
    sector: str | None = None

    @property
    def side(self) -> str:
        """The side of a dyad this actor stands on: its country, else its id; "?" where its words resolve to neither ("gunmen")."""
        return self.country or self.id or UNKNOWN_SIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it happened. `lat` and `lon` in degrees (WGS 84)."""

    name: str
    country: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Casualties:
    """One toll of one event: `kind` is killed, injured or captured; `max` is None where only a least number is said."""

    kind: str
    min: int
    max: int | None
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Words an event rests on: `quote` stands at [start, end) of the item's `field` (title, summary or text), in
    characters. `role` says what for: type, actor, target, place, number, link, status or date.
    """

    field: str
    start: int
    end: int
    quote: str
    role: str = "type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The earlier act an event is said to answer, with the words that say so."""

    quote: str
    actor: Actor | None = None
    target: Actor | None = None
    type: EventType | None = None
    place: Place | None = None


PARTIES = frozenset("GOV MIL SPY COP REB PRM UAF SEP OPP PTY IMG".split())
"""PLOVER sectors that can be a side against others of their own country; a newspaper that tells of a killing is none."""


def sides_of(actor: Actor | None, target: Actor | None, place: Place | None = None) -> tuple[str, str]:
    """Who acts and on whom, as sides of a dyad; a side the text leaves out, or names in words that resolve to nobody, is "?".

    The country of the place stands in for such a target ("air strikes in Syria", "kill 12 villagers"), and for the actor's own people
    abroad ("Turkey strikes the PKK in Iraq"), unless it is the actor's own.
    Within one country the sector tells the sides apart ("SYR:GOV", "SYR:REB"); where it does not, or is no party, nobody says who acts.
    """
    doer = actor.side if actor else UNKNOWN_SIDE
    done_to = target.side if target else UNKNOWN_SIDE
    if done_to in (UNKNOWN_SIDE, doer) and place and place.country and place.country != doer:
        done_to = place.country
    if actor and target and doer == done_to != UNKNOWN_SIDE:
        one, other = (f"{who.side}:{who.sector or who.id}" for who in (actor, target))
        return (one, other) if one != other and actor.sector in PARTIES else (UNKNOWN_SIDE, done_to)
    return doer, done_to


@dataclass(frozen=True, slots=True, order=True)
class Dyad:
    """An unordered pair of sides; acts of both directions meet under one key. `a` sorts before `b`."""

    a: str
    b: str

    @classmethod
    def of(cls, one: str, other: str) -> Dyad:
        return cls(*sorted((one, other)))

    def __str__(self) -> str:
        return f"{self.a}-{self.b}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationEvent:
    """Who did what to whom, where, when, how many, in reply to what, and with which words, as one item tells it.

    `intensity` is the PLOVER score of the mode (-10 ... +10), `confidence` lies in [0, 1]. The second group of fields says
    which item told it, so that `assess` can count outlets and quote them.
    """

    id: str
    type: EventType
    sign: Sign
    status: Status
    intensity: float
    confidence: float
    evidence: tuple[Evidence, ...]
    mode: str | None = None
    actor: Actor | None = None
    target: Actor | None = None
    place: Place | None = None
    on: date | None = None
    casualties: tuple[Casualties, ...] = ()
    responds_to: Response | None = None
    rule: str = ""
    lexicon: str = ""

    item: str
    story: str
    relation: Relation
    feed: str
    outlet: str
    url: str
    headline: str
    at: datetime
    fetched: datetime
    baseline: bool = False

    @property
    def sides(self) -> tuple[str, str]:
        """Who acts, and on whom. Only for acts of force and coercion does the place stand in for a target that is not named."""
        where = self.place if self.type in (EventType.ASSAULT, EventType.COERCE) else None
        return sides_of(self.actor, self.target, where)

    @property
    def dyad(self) -> Dyad:
        """The key under which this event meets the others of its pair."""
        return Dyad.of(*self.sides)


class Level(IntEnum):
    """How far a dyad has gone, on the public hostility scale of the Militarized Interstate Disputes data (1-5)."""

    NONE = 1
    THREAT = 2
    DISPLAY = 3
    FORCE = 4
    WAR = 5


class AlertKind(StrEnum):
    """Why an alert was raised."""

    OPENED = "opened"
    UPDATED = "updated"
    ESCALATED = "escalated"
    DEESCALATED = "deescalated"
    RESOLVED = "resolved"
    DIGEST = "digest"
    """Several alerts told in one, made by routing and never by `assess`."""
    TEST = "test"
    """Nothing happened: somebody tries a sink."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Evidence inside a quote: the characters [start, end), and what they show (the `role` of an `Evidence`)."""

    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of a source, as they stand there. `marks` do not distinguish two quotes: the same words may be evidence of several things."""

    text: str
    outlet: str
    url: str
    marks: tuple[Mark, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """The current range over all sources of one incident: from `min` to `max` of `kind` (killed, injured, captured)."""

    kind: str
    min: int
    max: int
    or_more: bool = False
    """A source says "at least" of the highest figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of a chain of answers: the act that was answered, and the words that say so.

    `incident` is its id, None where only the words are known; `by` and `against` are its sides; `hours` lie between it and its answer.
    """

    quote: str
    incident: str | None = None
    hours: float | None = None
    by: str = ""
    against: str = ""
    headline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing worth waking somebody for: an incident opened, one of its facts changed, or its dyad changed its rung.

    `id` follows from the incident and the fact that is told; the same alert has the same bytes. `level` is how far the act itself
    goes, `rung` where it leaves the dyad and `rung_before` where the dyad stood. `sources` counts independent tellings, `outlets`
    all who published one of them. `chain` is who answered whom, the latest answered act first; `responds_to` is its first step.
    """

    id: str
    incident: str
    revision: int
    kind: AlertKind
    level: Level
    at: datetime
    dyad: Dyad
    type: EventType
    sign: Sign
    status: Status
    intensity: float
    headline: str
    reason: str
    mode: str | None = None
    actor: Actor | None = None
    target: Actor | None = None
    place: Place | None = None
    on: date | None = None
    tolls: tuple[Toll, ...] = ()
    responds_to: Link | None = None
    chain: tuple[Link, ...] = ()
    quotes: tuple[Quote, ...] = field(default=())
    sources: int = 1
    outlets: int = 1
    rung: Level = Level.NONE
    rung_before: Level = Level.NONE
    opened: datetime | None = None
    """When the incident was first told, in event time."""
    fetched: datetime | None = None
    """When the item that raised the alert was fetched: by our clock, and the same in a replay."""
    confidence: float = 1.0
    """How sure the tagger was of the telling of the incident it was surest of, in [0, 1]; 1 where an older version did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """When the item that raised an alert was published (by the feed's claim), fetched, and put through the segments.

    It travels beside the alert, never in it: the same alert has the same bytes however late it comes. None where it is not known.
    """

    published: datetime | None = None
    fetched: datetime | None = None
    processed: datetime | None = None
    trace: str = ""
    """The W3C `traceparent` under which it was processed; "" where nobody traces."""


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
