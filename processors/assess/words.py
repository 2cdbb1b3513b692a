"""What the words of a headline say of when an act was, and of what kind of text tells it. English; nothing else in `assess` reads words."""

from __future__ import annotations

import re

_STRIKES = r"strikes?|struck|attack(?:s|ed)?|hits?|bomb(?:s|ed)?|raid(?:s|ed)?|shell(?:s|ed)?"
_BLOWS = r"air ?strikes?|strikes?|attacks?|raids?|waves?|rounds?|barrages?|missiles?|rockets?|salvos?|drones?|bombings?|shelling"


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


AGAIN = _words(
    rf"\b(?:{_STRIKES})\b.{{0,40}}(?<!yet )(?<!once )\bagain\b|\bresum\w+\b"
    rf"|\b(?:second|third|another|fresh|new|renewed|more|further|latest)\s+(?:(?!than\b)[\w-]+\s+){{0,2}}(?:{_BLOWS})\b"
)
"""The act is not the first of its kind: "strikes the town again", "a second wave"; not "more than 300 drones"."""

AFTERMATH = _words(
    r"\b(?:death toll|toll (?:rises|climbs|jumps|passes|hits|reaches)|(?:day|days|week|hours) after|in the wake of|aftermath"
    r"|funerals?|buried|bury|mourn\w*|survivors?|rescuers|rubble|recovered|investigat\w+|condemn\w*|vigil)\b"
)
"""The text speaks of what came after the act."""

LIVE = _words(
    r"\blive\b(?! fire| rounds| ammunition)|\blatest (?:updates|developments|news)\b|\bhighlights\b|\bas it happened\b|\bday \d+\b"
)
"""A page that goes on under one link while the news changes: it tells many acts, and is no mark of any."""

COMMENT = _words(
    r"^(?:wh(?:at|y|o|ich|en|ere)|how|is|are|will|would|did|does|do|has|have|can|could|should)\b|\?\s*$"
    r"|\b(?:explain\w+|analysis|opinion|commentary|editorial|fact[- ]check\w*|timeline|photos|pictures|podcast|obituary)\b"
)
"""A headline that asks or comments: it comes after the news."""

NOT_YET = _words(r"\b(?:if|vows?|threatens?|warns?|promises?|could|may|might|would|should|wants?|ready|prepares?)\b")
"""Before a word of retaliation: it has not happened."""

NAME = re.compile(r"\b[A-Z]\w")
"""A word with a capital: somebody's name, inside a headline."""
