"""`tocsin tag`: items in as JSON lines, their coded events out, one line per line, in order.

With TEXT, headlines named on the command line instead of standard input. With --explain, for people: each text with the words every
event rests on marked under it, and the rule that fired.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import Exit
from tocsin.cli.options import add_config, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tocsin.model import Actor, EscalationEvent, NewsItem

_EVENT_FIELDS = "type mode sign status intensity confidence actor target place on casualties responds_to evidence rule lexicon".split()
_MARGIN = 40
"""Characters shown on either side of the words an event rests on."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("tag", help="tag items from standard input (JSON lines in, JSON lines out)", description=__doc__)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="a headline to tag, instead of standard input")
    parser.add_argument(
        "--explain", action="store_true", help="show the words each event rests on, and the rule that fired, instead of JSON"
    )
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from processors.tag import label
    from tocsin.wire import dump, plain

    tagger, out = settings_of(arguments).lexicon.build(), sys.stdout.buffer
    for item in _items(arguments.texts):
        events = tagger.tag(item)
        if arguments.explain:
            out.write("".join(f"{line}\n" for line in explained(item, events, label(events))).encode("utf-8", "replace"))
        else:
            told = [{key: value for key, value in plain(event).items() if key in _EVENT_FIELDS} for event in events]
            out.write(dump({"id": item.id, "label": label(events), "events": told}) + b"\n")
        out.flush()
    return Exit.OK


def _items(texts: Sequence[str]) -> Iterable[NewsItem]:
    from tocsin.cli.lines import read_items
    from tocsin.clock import utc_now
    from tocsin.model import NewsItem

    if not texts:
        return read_items(sys.stdin.buffer, utc_now)
    return [NewsItem(id=str(number), feed="", fetched=utc_now(), title=text) for number, text in enumerate(texts, start=1)]


def explained(item: NewsItem, events: Sequence[EscalationEvent], label: str) -> Iterator[str]:
    """An item and its events as lines for a person: what was coded, by which rule, and the words under a ruler."""
    yield f"{item.id}  {label}  {item.title or item.summary[:80] or item.text[:80]!r}"
    for event in events:
        kind = f"{event.type}/{event.mode}" if event.mode else str(event.type)
        yield f"  {_who(event.actor)} -> {kind} -> {_who(event.target)}  {event.sign}, {event.status}, confidence {event.confidence:.2f}"
        yield f"    rule {event.rule}  (lexicon {event.lexicon})"
        for evidence in event.evidence:
            text = getattr(item, evidence.field)
            start = max(0, evidence.start - _MARGIN)
            shown = text[start : evidence.end + _MARGIN].replace("\n", " ")
            yield f"    {evidence.role:>6} {evidence.field} [{evidence.start}:{evidence.end}]  {shown}"
            yield (
                f"    {'':>6} {'':{len(f'{evidence.field} [{evidence.start}:{evidence.end}]')}}  "
                + " " * (evidence.start - start)
                + "^" * (evidence.end - evidence.start)
            )
    yield ""


def _who(actor: Actor | None) -> str:
    if actor is None:
        return "?"
    known = "/".join(part for part in (actor.id or actor.country, actor.sector) if part)
    return f"{actor.text} ({known})" if known else actor.text
