"""What `assess` keeps of one dyad: its incidents, the events that were counted, and its ledger.

Values only; a change makes a new one, so that a transaction that fails leaves the old. Everything is bounded: lists by the
caps below, events and incidents by event time (`AssessSettings`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from tocsin.model import EPOCH, Actor, Alert, Dyad, EventType, Level, Link, Place, Quote, Response, Sign, Status, Toll

MOST_SOURCES = 24
MOST_OUTLETS = 64
MOST_REPORTS = 32
MOST_STORIES = 96
MOST_PLACES = 8
MOST_QUOTES = 6
MOST_STEPS = 6
MOST_TITLES = 6
MOST_SIGNPOSTS = 64
MOST_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The latest word of one house on one toll of an incident."""

    house: str
    kind: str
    min: int
    max: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """When an outlet first told an incident, in event time, and whether in another's words."""

    outlet: str
    at: datetime
    copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One act between two sides, with all that was told of it.

    `by` acts, `against` is acted upon ("?" where nobody says). `first` and `last` are event times of tellings, `on` the day of the
    act where a telling names it. `sources` are houses that told it by themselves, `outlets` all that carried it. `revision` counts
    the alerts it raised, 0 for one that was tracked in silence.
    """

    id: str
    by: str
    against: str
    family: str
    kind: str | None
    mutual: bool
    level: Level
    type: EventType
    sign: Sign
    status: Status
    intensity: float
    headline: str
    first: datetime
    last: datetime
    mode: str | None = None
    actor: Actor | None = None
    target: Actor | None = None
    on: date | None = None
    places: tuple[Place, ...] = ()
    things: tuple[str, ...] = ()
    """What was hit, by its kind (`things.py`), as the first telling says that says it."""
    sources: tuple[str, ...] = ()
    claimed_by: tuple[str, ...] = ()
    """Houses that pass on a claim; a house that then reports it stands in `sources` alone."""
    denied_by: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    """The first telling of each outlet, silent ones too, in the order they came; the first ones, up to the cap."""
    stories: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    """By the first 16 digits of their ids; the first ones, up to the cap."""
    titles: tuple[frozenset[str], ...] = ()
    """The uncommon words (`marks.marks_of`) of the first headlines that told it, each headline's apart."""
    figures: tuple[Figure, ...] = ()
    told: tuple[Toll, ...] = ()
    """The tolls as the last alert gave them."""
    quotes: tuple[Quote, ...] = ()
    reply: Response | None = None
    """What a telling says it answers."""
    responds_to: Link | None = None
    twin_of: str = ""
    """The incident of another dyad that one text told as the same act ("the US and Israel strike ..."): this one keeps silent."""
    merged_into: str = ""
    """The incident of the same dyad that this one, told apart, turned out to be: this one is closed and weighs nothing."""
    held: bool = False
    """Told below headlines only, by too few to wake anybody yet."""
    confidence: float = 0.0
    """Of the telling that the tagger was surest of."""
    revision: int = 0
    resolved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signpost:
    """Says in which dyad, and as which incident, an act by or against this side is told of."""

    dyad: Dyad
    incident: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a forgotten day weighs: the sums of hostile and friendly intensities, and how far it went."""

    on: date
    hostile: dict[str, float] = field(default_factory=dict)
    friendly: float = 0
    level: Level = Level.NONE
    killed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DyadState:
    """All that is kept of one dyad.

    `seen` holds the events that were counted (`seen.py`), `answers` those that raised alerts to them; `incidents`
    are in order of their opening; `past` holds the days that incidents folded into, oldest first; `rung_by` is the incident that
    brought the dyad to its rung; `swept` is when what is old was last looked for. `signposts` is used by dyads with an unknown side.
    Nothing may rest on the order of a dict: the wire sorts keys.
    """

    newest: datetime = EPOCH
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    answers: dict[str, tuple[Alert, ...]] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    past: tuple[Day, ...] = ()
    rung: Level = Level.NONE
    rung_since: datetime = EPOCH
    rung_by: Incident | None = None
    swept: datetime = EPOCH
    signposts: tuple[Signpost, ...] = ()
