"""The knobs of `assess`; docs/incidents.md says what each one changes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class AssessSettings(BaseModel):
    """[assess] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open_below: float = Field(default=-3.0, ge=-10, le=0)
    """A hostile act opens an incident from this PLOVER intensity down: threats (-3.5) do, reproaches (-2) only move the ledger."""
    open_above: float = Field(default=4.0, ge=0, le=10)
    """A friendly act opens an incident from this PLOVER intensity up: ceasefires (7.5) do, talks (2.5) only move the ledger."""
    min_confidence: float = Field(default=0.0, ge=0, le=1)
    """Events the tagger is less sure of are counted and raise nothing."""
    lead_chars: int = Field(default=400, ge=0)
    """An act that an item tells only after this many characters of its summary or text opens nothing: it is background."""
    below_sources: int = Field(default=2, ge=1)
    """How many houses must tell an act that no headline tells before it alerts."""
    nameless_deaths: int = Field(default=5, ge=0)
    """An act of which no side is named opens an incident if it is a bombardment, a bombing, or killed at least this many."""
    baseline_hours: float = Field(default=6, ge=0)
    """An item of the first poll of a feed alerts only if its event time is at most this long before its fetch."""
    stale_days: float = Field(default=7, gt=0)
    """An act that is dated longer than this before it is told is history: tracked, silent."""

    same_act_hours: float = Field(default=18, gt=0)
    """Tellings without a date tell one act while no longer silence than this lies between them ..."""
    act_hours: float = Field(default=36, gt=0)
    """... and for no longer than this from the first of them."""
    near_km: float = Field(default=50, ge=0)
    """Two named places no further apart than this are one place."""
    toll_step: float = Field(default=0.1, ge=0)
    """A toll is a new fact from this fraction above the range that was told."""

    quiet_hours: float = Field(default=72, gt=0)
    """An incident nobody tells anything of for this long is resolved."""
    incident_days: float = Field(default=14, gt=0)
    """An incident is forgotten, but for its weight in the ledger, this long after it was last told."""
    event_hours: float = Field(default=192, gt=0)
    """For how long an event is remembered to have been counted; older ones that come are not counted. More than the 7 days by which a
    publication time may lie before the fetch."""

    rung_sources: int = Field(default=2, ge=1)
    """How many independent sources must tell an act before it moves its dyad's rung."""
    rung_days: float = Field(default=30, gt=0)
    """How long a rung is held after the last act that reached it."""
    half_life_days: float = Field(default=14, gt=0)
    """After this long, an act weighs half in the tension of its dyad."""
    first_use_days: float = Field(default=30, gt=0)
    """A use of force after this long without one is said to be the first."""
    war_deaths: int = Field(default=1000, ge=1)
    """Killed within `rung_days` from which a dyad is at war: the threshold of the Militarized Interstate Disputes data."""
