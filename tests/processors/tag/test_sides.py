"""Who acts upon whom, where grammar points at what the act is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from processors.tag import Tagger
from tocsin.model import NewsItem

TAGGER = Tagger()


def dyads(text: str) -> list[tuple[str | None, str | None]]:
    item = NewsItem(id="1", feed="f", fetched=datetime(2024, 5, 1, tzinfo=UTC), text=text)
    return [tuple(side and (side.country or side.id or side.text) for side in (event.actor, event.target)) for event in TAGGER.tag(item)]


@pytest.mark.parametrize(
    ("text", "dyad"),
    [
        # the act's own object is no side where somebody is named behind it
        ("Norway rejected a plan put forward by Chile.", ("NOR", "CHL")),
        ("Norway imposed a ban on imports of salt from Chile.", ("NOR", "CHL")),
        ("Norway accused the government of Chile of piracy.", ("NOR", "CHL")),
        # those who do a thing together are its two sides
        ("Norway and Chile have agreed to a ceasefire.", ("NOR", "CHL")),
        # ground is a side by its country, where no other is named
        ("Norwegian police imposed a curfew in parts of Bergen.", ("NOR", "NOR")),
        # a subject that only leads to the act still acts
        ("Norway is ready to send troops to Chile.", ("NOR", "CHL")),
        ("The parliament of Norway passed a resolution condemning Chile.", ("NOR", "CHL")),
        # a dateline is nobody
        ("OSLO, May 3, NTB - Chile condemned Fiji.", ("CHL", "FJI")),
        # a clause after a comma is another matter; the condition of a threat is not
        ("Norway condemned the killing in Suva, after Chile sent aid.", ("NOR", "FJI")),
        ("Norway threatened to retaliate if Chile seizes the ship.", ("NOR", "CHL")),
        # what somebody strikes with is theirs
        ("Norway undertook a series of military strikes against hideouts of Fijian rebels.", ("NOR", "FJI")),
        # a kind of side on somebody's ground is of that country
        ("Norway launched strikes on militants in Fiji.", ("NOR", "FJI")),
        # the subject of a clause behind "after" is a subject
        ("A day after Norway admitted to carrying out an attack in the Chilean province, Fiji protested.", ("NOR", "CHL")),
        # who says that somebody must, asks it of him
        ("The president of Norway said that Chile must mediate in the dispute with Fiji.", ("NOR", "CHL")),
        # a point inside a sentence does not end the search
        ("Norway voiced support for Mr. Zelensky.", ("NOR", "UKR")),
        # an actor named again is not its own target
        ("Norway said that Norway condemned the raid by Chile.", ("NOR", "CHL")),
    ],
)
def test_the_named_actor_is_the_side(text, dyad):
    assert dyad in dyads(text)


def test_what_is_said_beside_the_act_is_no_target():
    assert ("NOR", "CHL") not in dyads("Norway imposed a curfew, although Chile protested in vain.")
