"""The uncommon words of a headline, by which an act is known again although another doer, or none, is named."""

from __future__ import annotations

import re
from functools import lru_cache

from processors.assess.places import country_words

_COMMON = frozenset(
    """
    about according after again against ahead aircraft airstrike airstrikes allegedly american americans amid among another armed
    army attack attacked attacking attacks authorities back been before being between blast blasts bomb bombed bombing bombs
    breaking brief british call calls carried chinese city claim claims conflict could country crisis days dead deadly death
    deaths defence defense destroyed drone drones during dutch east eastern explosion explosions fire fired fires first five flash following
    force forces four french from german government have head hits hours hundreds inside intercept intercepted intercepts into
    israel-iran killed killing kills land large latest launch launched launches least leaves live local major many media middle
    militants military ministry missile missiles more near nearly news night north northern over overnight people police president
    raid raids region report reported reportedly reports response retaliation rises rocket rockets russian russians said saying
    says security seen several shelling shot since site sites soldiers sources south southern state strike strikes striking struck
    suspected target targeted targeting targets than that their them they this three times toll troops update urgent video wake
    war warning warns wave week were west western what when where which while will with witnesses wounded wounding year
    """.split()
)
"""Words of reporting and of war: they stand in headlines of any two acts."""
_SPOKEN_OF = """
    briti danish frenc gaza germa greek guards hamas hezbol houthi irgc kurd leban nato netanyahu palest polis putin spani swiss
    taliban trump turk zelensky
"""
_SIDES = (*_SPOKEN_OF.split(), *sorted({word[:5] for word in country_words()}))
"""How the names of sides and those who speak for them begin: who is named is compared elsewhere."""
_WORD = re.compile(r"[^\W\d_]{4,}")


def names_side(word: str) -> bool:
    """Whether a word in lower case begins as the names of sides do, and of those who speak for them."""
    return word.startswith(_SIDES)


@lru_cache(maxsize=8192)
def marks_of(headline: str) -> frozenset[str]:
    """The words of a headline that few others have: not those of reporting and of war, and no names of sides.

    >>> sorted(marks_of("Drone strike hits Aramco refinery, Saudi officials say"))
    ['aramco', 'officials', 'refinery']
    """
    return frozenset(word for word in _WORD.findall(headline.casefold()) if word not in _COMMON and not names_side(word))
