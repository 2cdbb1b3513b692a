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
        # whoever is to do what is demanded is asked
        ("Norway demanded that Chile end its raids on Fiji.", ("NOR", "CHL")),
        # who only said it has no part in it
        ("Norwegian troops shelled a village in Chile, military sources in Fiji said.", ("NOR", "CHL")),
        ("Norway and Chile signed the treaty, says Fiji.", ("NOR", "CHL")),
        # those named together do it to each other, wherever they do it
        ("Norway and Chile held talks at the palace of Fiji.", ("NOR", "CHL")),
        ("Norway and Chile violated the ceasefire in Fiji again.", ("NOR", "CHL")),
        # but with somebody, they stand on one side
        ("Norway and the Chilean army held talks in Suva with Peru.", ("NOR", "PER")),
        # an unknown name that is the object is the side, whatever stands behind it
        (
            "Norway met the long silent writer Olga Brandvik for an hour at a quiet hotel in the Chilean capital.",
            ("NOR", "the long silent writer Olga Brandvik"),
        ),
        ("Norway praised the decision by the Sorting Guild.", ("NOR", "Sorting Guild")),
        # those freed, where only their place is named
        ("Fijian rebels freed 20 prisoners from a camp near Norway.", ("FJI", "20 prisoners")),
        # a curfew falls on a place, whoever is named later
        ("Norway declared an emergency in Santiago, angering Fiji.", ("NOR", "CHL")),
        # the subject stands before the clause that tells more of it
        ("Norway, which holds most of the islands, bombed Chile.", ("NOR", "CHL")),
        # "over" belongs to the verb, and two verbs joined by "and" are of one voice
        ("Norwegian doctors handed over 40 tents to Chile.", ("NOR", "CHL")),
        ("Norwegian doctors donated and brought 40 tents to Chile.", ("NOR", "CHL")),
        # what a speaker only tells of is not his deed
        ("Norway says three sailors were killed in Chile.", (None, "CHL")),
        ("Norway reports a drone attack on a Chilean port.", (None, "CHL")),
        # what stands before a noun of force is what was hit, if it stands somewhere
        ("Death toll in Chilean school attack rises to 21.", (None, "CHL")),
        ("Norwegian port rocked by blasts.", (None, "NOR")),
        # who is hit on somebody's ground is hit as theirs
        ("Norwegian jets killed four people in Valparaiso.", ("NOR", "CHL")),
        # whose soldiers "its" are
        ("Norway mourned, and four of its soldiers were killed by rebels of Fiji.", ("FJI", "NOR")),
        # a state acts on its own ground
        ("Two Norwegian sailors were arrested in Chile for spying.", ("CHL", "NOR")),
        # words come from who says them
        ("Norway faces criticism from Chile over its whaling.", ("CHL", "NOR")),
        # the body of the state spoken of
        ("The king of Norway said the army had bombed a base of Chile.", ("NOR", "CHL")),
        # a number behind a comma begins what is told of those counted
        ("Norway strikes Chile, hits camps, 7 killed", ("NOR", "CHL")),
        # a dateline without a dash
        ("OSLO (NTB) Chile condemned Fiji.", ("CHL", "FJI")),
    ],
)
def test_the_named_actor_is_the_side(text, dyad):
    assert dyad in dyads(text)


def test_what_is_said_beside_the_act_is_no_target():
    assert ("NOR", "CHL") not in dyads("Norway imposed a curfew, although Chile protested in vain.")


def test_people_counted_behind_a_comma_are_not_the_subject_before_it():
    assert (None, "NOR") not in dyads("Norway launches strikes in Chile, 7 killed")


def test_what_a_sentence_names_more_exactly_says_where():
    item = NewsItem(
        id="1",
        feed="f",
        fetched=datetime(2024, 5, 1, tzinfo=UTC),
        title="Norway bombs Chile",
        text="Norwegian jets bombed a camp in Valparaiso on Monday.",
    )
    assert "Valparaiso" in [event.place.name for event in TAGGER.tag(item) if event.place]


@pytest.mark.parametrize(
    "text",
    [
        "Norway launches strikes in Chile, targets camps, 7 killed",
        "Norway bombs camps in Chile, dozens wounded",
        "Norway shells Chile - nine killed",
        "Norway shells Chile, at least 9 killed",
    ],
)
def test_a_bare_number_of_dead_belongs_to_the_act_and_is_not_its_doer(text):
    (event,) = TAGGER.tag(NewsItem(id="1", feed="f", fetched=datetime(2024, 5, 1, tzinfo=UTC), text=text))
    assert (event.actor.country, event.target.country) == ("NOR", "CHL")
    assert event.casualties
