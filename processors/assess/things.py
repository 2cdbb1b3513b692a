"""What was hit, by its kind: an embassy and a refinery in one town on one night are two acts, whatever else is said of them."""

from __future__ import annotations

import re
from functools import lru_cache

_KINDS = {
    "mission": r"embass(?:y|ies)|consulates?|diplomatic (?:mission|compound)",
    "school": r"schools?|kindergarten|universit(?:y|ies)|schoolgirls|pupils|students",
    "hospital": r"hospitals?|clinics?",
    "oil": r"refiner(?:y|ies)|(?:oil|gas|fuel|lng) (?:depot|facility|facilities|terminal|field|storage|plant|tank)s?",
    "power": r"power (?:plant|station|grid)|substations?|energy (?:infrastructure|facilit(?:y|ies))",
    "nuclear": r"nuclear (?:site|plant|facilit(?:y|ies)|power plant)|enrichment",
    "airport": r"airports?",
    "port": r"ports?|harbou?rs?",
    "base": r"(?:air |naval |military |army )?bases?|airbases?|fifth fleet|5th fleet|barracks|garrison",
    "ship": r"warships?|frigates?|submarines?|tankers?|ships?|vessels?|speedboats?|boats?|aircraft carriers?",
    "aircraft": r"fighter jets?|jets?|helicopters?|bombers|warplanes? (?:downed|shot)",
    "data": r"data cent(?:re|er)s?|aws",
    "hotel": r"hotels?",
    "police": r"police (?:station|post|site|headquarters|convoy|academy)s?",
    "prison": r"prisons?|jails?",
    "shrine": r"mosques?|church(?:es)?|synagogues?|temples?|cathedral|shrine|monaster(?:y|ies)",
    "market": r"(?:super)?markets?|malls?|shopping cent(?:re|er)s?|trading site",
    "train": r"trains?|railway|rail (?:line|station)",
    "bus": r"bus(?:es)?|minibus",
    "bridge": r"bridges?",
    "pipeline": r"pipelines?",
    "camp": r"(?:refugee|training|displaced|militant) camps?",
    "broadcaster": r"state (?:tv|television|broadcaster)|tv station|broadcaster",
    "plant": r"(?:chemical|fertili[sz]er|munitions|ammunition|arms|drone) (?:plant|factory)|factor(?:y|ies)",
    "assembly": r"parliament|assembly|leadership council",
    "seat": r"presidential palace|(?:prime minister|president|pm)(?: \w+){0,2}['’]s (?:office|residence)",
    "leader": r"(?:supreme leader|president|prime minister|defen[cs]e minister)(?: (?!say|tell|vow|warn)[\w-]+){0,3} "
    r"(?:(?:is|was|were|been|reported) )?(?:killed|dead|assassinated|eliminated)",
    "ceremony": r"funerals?|weddings?|memorial",
}
OF_STATE = frozenset({"mission", "oil", "power", "nuclear", "airport", "port", "base", "ship", "data", "pipeline", "camp"})
"""Things that are hit for what they are to a state, whoever does it."""
GRAVE = {
    "leader": "a leader is said to be killed",
    "seat": "a seat of government is said to be hit",
    "mission": "an embassy or a consulate is said to be hit",
    "nuclear": "a nuclear site is said to be hit",
}
"""Things that are news of an act by themselves, in words."""
_ALL = re.compile("|".join(rf"(?P<{kind}>\b(?:{words})\b)" for kind, words in _KINDS.items()), re.IGNORECASE)


@lru_cache(maxsize=4096)
def things_in(words: str) -> frozenset[str]:
    """The kinds of things the words name.

    >>> sorted(things_in("US consulate near Erbil airport hit"))
    ['airport', 'mission']
    """
    return frozenset(match.lastgroup for match in _ALL.finditer(words) if match.lastgroup)
