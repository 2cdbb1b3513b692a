"""Site chrome is not the story, and the story is not chrome."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tag.chrome import story_ranges
from processors.tag.lexicon import load

CHROME = load().chrome


def story(text: str) -> str:
    return "".join(text[start:end] for start, end in story_ranges(text, CHROME))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # a list that begins in the middle of a line
        ("The mayor spoke. Related stories: War in Mali | Raid in Jenin", "The mayor spoke. "),
        ("The mayor spoke. Read more: France sends troops to Mali", "The mayor spoke. "),
        ("He left at noon. Subscribe to our newsletter. Tigers attack!", "He left at noon. "),
        # a label is a label only before a colon, and only where a sentence begins
        ("Rebels attacked. Related militias fled.", "Rebels attacked. Related militias fled."),
        ("The army asked villagers to follow us to the camp.", "The army asked villagers to follow us to the camp."),
        # an author box of any length
        ("It rained.\nAbout the author: " + "Ann Moss covered the war in Bosnia. " * 5, "It rained.\n"),
        # menus, captions, headlines with their time
        ("Home | World | War in Ukraine | Sport\nIt rained.", "It rained."),
        ("It rained. [File photo: troops on patrol] They left.", "It rained.  They left."),
        ("10:02 Drone strike kills five in Yemen\nIt rained.", "It rained."),
        ("10.30 a.m. was when the shelling began.\nIt rained.", "10.30 a.m. was when the shelling began.\nIt rained."),
        # what ends the story ends it
        ("It rained.\nMost read\nTaliban attack kills 12", "It rained.\n"),
        ("", ""),
    ],
)
def test_the_story_is_what_is_left(text, told):
    assert story(text) == told


@given(st.text(st.sampled_from('aB .:|\n[]()"') | st.characters(), max_size=300))
def test_ranges_are_in_order_within_the_text_and_never_empty(text):
    at = 0
    for start, end in story_ranges(text, CHROME):
        assert at <= start < end <= len(text)
        at = end
