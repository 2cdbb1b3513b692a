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

LAUNCHES = _words(
    r"(?:begins?|began|carr(?:y|ies|ied) out|conducts?|conducted|fires?|fired|launch(?:es|ed)?|unleash(?:es|ed)?)(?: \w+)?\W*"
)
"""Between a doer and "retaliatory": it is the doer's act, and no other's."""

REFERS = _words(
    r"\b(?:condemn\w*|denounc\w*|decr(?:y|ies|ied)|amid|outrage\w*|protest\w*|rall(?:y|ies|ied)|urge[sd]?|mourn\w*|fears?|prices?"
    r"|stocks?|markets?|shares|flights?|travell?\w*|advis\w*|concerns?|concerned|divided|debates?|votes?|supports?|backs?|approv\w*"
    r"|oppos(?:e|es|ed|ing|ition to)|polls?|slams?|slammed|critici[sz]\w*|defends?|justif\w*|weighs?|reacts?|reactions?|in response to"
    r"|legal|rules? out|bets|lawmakers|congress|senators?|asylum|economy|economic|shipping|glance)\b"
)
"""Before an act, in a headline: the act is what another news is about."""

_MUNITIONS = r"(?:missiles?|drones|uavs|rockets?|projectiles?|munitions?)"
INTERCEPTED = _words(
    rf"\b(?:intercept\w*|sh(?:oo|o)ts? down|shooting down|downs|downed|repel\w*|thwart\w*)\b.{{0,50}}\b{_MUNITIONS}\b"
    rf"|\bintercept\w*\b.{{0,50}}\bdrone\b|\b{_MUNITIONS}\W+(?:\w+\W+){{0,4}}(?:intercepted|shot down|downed|repelled|destroyed)\b"
    rf"|\bdefen[cs]es?\b.{{0,30}}\b(?:destroy\w*|down(?:s|ed)|sh(?:oo|o)ts? down)\b.{{0,40}}\b{_MUNITIONS}\b"
    rf"|\bdestroy\w*\W+(?:[\w-]+\W+){{0,3}}{_MUNITIONS}\W+(?:from|heading|headed|launched|fired|approaching)\b"
)
"""A munition was stopped on its way: an act of who sent it, whoever did the stopping. Not one drone or aircraft shot down: that is
often a spy's, and hitting it the act."""

OVER = _words(r"\b(?:after|following|over|amid|since|in (?:the wake of|response to|reply to))\b")
"""From here on a headline speaks of what its news follows from."""

OTHER_CLAUSE = _words(r"\b(?:as|while|when|amid|after|before|hours after)\b")
"""Between an act and a place in a headline: the place is where something else happened."""

NAME = re.compile(r"\b[A-Z]\w")
"""A word with a capital: somebody's name, inside a headline."""
