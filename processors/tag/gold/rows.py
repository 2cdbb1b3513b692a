"""Lines of gold -> `Gold`: our own format, and the foreign sets told by their fields.

Foreign sets code fewer types than PLOVER has: their YIELD is our CONCEDE or RETREAT, a statement is no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from tocsin.model import NewsItem
from tocsin.wire import WireError, load

Words = str | list[str]
"""One accepted value, or several of which any will do."""


class Want(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An event as far as gold describes it; what is absent is not asked for.

    `actor` and `target` are an id, a country (alpha-3) or words of the text; `place` is part of a place's name; `on` is
    YYYY-MM-DD. `killed`, `injured` and `captured` are the least number, 0 where none may be told. `responds_to` describes the act
    replied to; an empty one asks for a link, whatever it says.
    """

    actor: Words | None = None
    target: Words | None = None
    type: Words | None = None
    mode: list[str] | None = None
    sign: str | None = None
    status: Words | None = None
    place: Words | None = None
    place_country: str | None = None
    on: Words | None = None
    killed: int | list[int] | None = None
    killed_max: int | None = None
    injured: int | list[int] | None = None
    captured: int | list[int] | None = None
    responds_to: Want | bool | None = None


class Toll(msgspec.Struct, frozen=True):
    """The toll a whole item tells: any of the `counts` of `kind` is right; 0 says that none is told."""

    kind: str
    counts: frozenset[int]


class Gold(msgspec.Struct, frozen=True):
    """One text and its truth. `label` and `types` are None where the set does not judge them.

    `types` are the event types of the whole item, each as the set of names that count as it.
    """

    item: NewsItem
    label: str | None = None
    types: frozenset[frozenset[str]] | None = None
    must: tuple[Want, ...] = ()
    must_not: tuple[Want, ...] = ()
    tolls: tuple[Toll, ...] = ()
    covers: tuple[str, ...] = ()


class _OwnItem(msgspec.Struct, forbid_unknown_fields=True):
    title: str = ""
    summary: str = ""
    text: str = ""
    published: datetime | None = None


class _OwnRow(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    item: _OwnItem
    label: str | None
    must: tuple[Want, ...]
    must_not: tuple[Want, ...]
    covers: tuple[str, ...]


def read_row(line: bytes) -> Gold | None:
    """The gold of one line; None for a foreign row that its own set leaves out of the count (weak, ambiguous, fictional).

    Raises:
        WireError: not JSON, or of no known kind.
    """
    row = load(line, dict[str, Any])
    if "must" in row:
        return _own(load(line, _OwnRow))
    for key, read in (("events", _coding), ("killed", _casualties), ("label", _relevance)):
        if key in row:
            try:
                return read(row)
            except (AttributeError, KeyError, TypeError, ValueError) as wrong:
                raise WireError(f"not a row of gold: {type(wrong).__name__}: {wrong}") from None
    raise WireError("not a row of gold: neither must, events, killed nor label")


def _own(row: _OwnRow) -> Gold:
    kinds = [alternatives(want.type) for want in row.must]
    return Gold(
        item=_item(row.id, row.item.title, row.item.summary, row.item.text, row.item.published),
        label=row.label,
        types=frozenset(kinds) if all(kinds) and (kinds or row.label == "none") else None,
        must=row.must,
        must_not=row.must_not,
        tolls=tuple(_own_tolls(row.must)),
        covers=row.covers,
    )


def _own_tolls(must: tuple[Want, ...]) -> list[Toll]:
    """The toll of the item, where just one of its events has one."""
    told = [(kind, getattr(want, kind)) for kind in ("killed", "injured") for want in must if getattr(want, kind) is not None]
    kinds = [kind for kind, _ in told]
    return [Toll(kind, frozenset(count if isinstance(count, list) else [count])) for kind, count in told if kinds.count(kind) == 1]


def alternatives(value: Words | None) -> frozenset[str]:
    """The accepted values as a set; empty where nothing is asked."""
    return frozenset() if value is None else frozenset([value] if isinstance(value, str) else value)


_SAME_TYPE = {
    "YIELD": frozenset({"CONCEDE", "RETREAT"}),
    "CONCEDE": frozenset({"CONCEDE", "RETREAT"}),
    "RETREAT": frozenset({"CONCEDE", "RETREAT"}),
    "DEMAND": frozenset({"REQUEST"}),
    "DISAPPROVE": frozenset({"ACCUSE"}),
    "INVESTIGATE": frozenset({"ACCUSE"}),
    "FIGHT": frozenset({"ASSAULT"}),
}


def _coding(row: Mapping[str, Any]) -> Gold | None:
    if row.get("tier") != 1 or row.get("fictional"):
        return None
    coded = [event for event in row["events"] if event.get("plover")]
    if row["events"] and not coded:
        return None
    kinds = {event["plover"]: _SAME_TYPE.get(event["plover"], frozenset({event["plover"]})) for event in coded}
    return Gold(
        item=_foreign_item(row),
        types=frozenset(kinds.values()),
        must=tuple(
            Want(actor=_foreign_side(event, "source"), target=_foreign_side(event, "target"), type=sorted(kinds[event["plover"]]))
            for event in coded
        ),
        covers=(row.get("source_dataset", "coding"),),
    )


def _foreign_side(event: Mapping[str, Any], side: str) -> list[str] | None:
    named = [event.get(f"{side}_text"), event.get(f"{side}_cc") or (event.get(f"{side}_code") or "")[:3]]
    return [name for name in named if name] or None


def _casualties(row: Mapping[str, Any]) -> Gold | None:
    if row["killed"] is None or not row.get("core"):
        return None
    tolls = [Toll("killed", frozenset({row["killed"]}))]
    if row.get("wounded") and row.get("wounded_explicit"):
        tolls.append(Toll("injured", frozenset({row["wounded"]})))
    return Gold(item=_foreign_item(row), tolls=tuple(tolls), covers=(row.get("source_dataset", "casualties"),))


def _relevance(row: Mapping[str, Any]) -> Gold | None:
    if row["label"] == "ambiguous" or row.get("strength") == "weak":
        return None
    return Gold(
        item=_foreign_item(row),
        label=row["label"],
        covers=(row.get("source_dataset", "relevance"), *(["hard"] if row.get("hard") and row["label"] == "none" else [])),
    )


def _foreign_item(row: Mapping[str, Any]) -> NewsItem:
    """Title and summary are the item where both are given; the text repeats them. A date is taken for its noon."""
    title, summary = row.get("title") or "", row.get("summary") or ""
    day = (row.get("date") or "")[:10]
    published = datetime.fromisoformat(day + "T12:00:00+00:00") if len(day) == len("YYYY-MM-DD") else None
    return _item(row["id"], title, summary, "" if title and summary else row.get("text") or "", published)


def _item(name: str, title: str, summary: str, text: str, published: datetime | None) -> NewsItem:
    fetched = published or datetime(2024, 1, 1, tzinfo=UTC)
    return NewsItem(id=name, feed="gold", fetched=fetched, title=title, summary=summary, text=text, published=published)
