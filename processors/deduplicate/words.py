"""Words of headlines that several guards know: the small ones, and those of violence."""

from __future__ import annotations

from collections.abc import Sequence

Words = Sequence[str]
"""A normal form, split at its spaces."""
STEM = 5
"""So many letters tell a word from others, whatever its ending: strike, strikes and striking are one."""
SMALL = frozenset(
    """
    a an the of in on at to for from by with and or as is are was were be been it its his her their this that after before amid
    over near against into off about new say says said
    """.split()
)
"""Words that carry nothing of their own."""
ACT_NOUNS = frozenset(
    """
    strike strikes airstrike airstrikes attack attacks raid raids drone drones missile missiles fire shelling forces troops army military
    offensive bombing bombs warplanes jets
    """.split()
)
"""What an attack is made of or called: an actor in front of one acts."""
ATTRIBUTION = frozenset("say says said report reports reported according official officials source sources media ministry".split())
"""Words that say who says so."""
PLACE_WORDS = frozenset("in on at near against over off from into across outside".split())


def both_private(mine: set[str], theirs: set[str]) -> bool:
    """Whether each side has something the other has not."""
    return bool(mine - theirs and theirs - mine)
