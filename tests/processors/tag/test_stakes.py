"""What moves nothing between states and armed groups is told neutral; what does is not."""

from datetime import UTC, datetime

import pytest

from processors.tag import Tagger, label
from tocsin.model import NewsItem

TAGGER = Tagger()


def told(text):
    return TAGGER.tag(NewsItem(id="item", feed="test", fetched=datetime(2024, 5, 15, 12, tzinfo=UTC), text=text))


@pytest.mark.parametrize(
    ("quiet", "loud"),
    [
        # A deed of nobody known upon nobody in particular is crime; many dead concern the state it happens in.
        ("Two people were shot dead outside a Toronto bar.", "At least 18 people were shot dead in three Toronto bars."),
        # A burst may be gas; a bomb is none.
        ("An explosion at a Lagos bakery injured two workers.", "A bomb exploded in the Turkish city of Gaziantep."),
        # Police work at home, and upon the opposition.
        ("Police in Lyon arrested a man on suspicion of stabbing a neighbour.", "Police in Minsk arrested three opposition leaders."),
        # Advice is no threat.
        ("The mayor of Nairobi warned motorists.", "Venezuela warned Colombia."),
        # Praise at home cools nothing.
        ("The Irish president praised the Irish premier.", "Ireland praised Serbia."),
        # A mention of something that is not the news.
        ("The Canadian film shows how Chile expelled a Peruvian envoy.", "Chile expelled a Peruvian envoy."),
    ],
)
def test_only_what_moves_a_dyad_has_a_sign(quiet, loud):
    assert label(told(quiet)) == "none"
    assert label(told(loud)) != "none"


def test_a_neutral_deed_keeps_its_toll():
    (event,) = told("Two people were shot dead outside a Toronto bar.")
    assert [(toll.kind, toll.min) for toll in event.casualties] == [("killed", 2)]
