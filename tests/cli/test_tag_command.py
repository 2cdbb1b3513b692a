"""`tocsin tag`: one answer a line, and --explain, which shows the words under the text."""

from __future__ import annotations

from datetime import UTC, datetime

from processors.tag import Tagger, label
from tocsin.cli.tag import explained
from tocsin.model import NewsItem

ITEM = NewsItem(
    id="one", feed="test", fetched=datetime(2024, 5, 15, tzinfo=UTC), title="Turkey recalls envoy from Greece", text="It gave no reason."
)


def test_an_explanation_marks_the_words_an_event_rests_on() -> None:
    events = Tagger().tag(ITEM)
    lines = list(explained(ITEM, events, label(events)))
    assert lines[0].startswith("one  escalation")
    assert any("SANCTION/withdraw" in line and "TUR" in line and "GRC" in line for line in lines)
    shown = next(index for index, line in enumerate(lines) if line.strip().startswith("type title"))
    ruler = lines[shown + 1]
    marked = lines[shown][ruler.index("^") : ruler.rindex("^") + 1]
    assert marked == "recalls envoy"


def test_every_event_names_its_rule() -> None:
    assert all(event.rule and event.lexicon for event in Tagger().tag(ITEM))
