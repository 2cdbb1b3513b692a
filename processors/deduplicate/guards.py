"""What keeps two headlines apart however alike they look: other numbers, another outcome, another direction, another day.

Each guard takes two headlines (words of a normal form) and says whether they tell different things. Likeness is decided
elsewhere; a guard only ever says no.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from processors.deduplicate.actors import ACTORS, actors_in
from processors.deduplicate.headline import QUOTE_CLOSE, QUOTE_OPEN

Words = Sequence[str]
_STEM = 5
"""So many letters tell a word from others, whatever its ending: strike, strikes and striking are one."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CLOCK_TIME = re.compile(r"\d{1,2}[:.]\d{2}")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_VAGUE = frozenset("dozen dozens scores hundreds thousands millions several many".split())
_CURRENCIES = frozenset("$ € £ ¥ ₹ dollars dollar euros euro pounds yuan yen rupees taka".split())
_SCALES = frozenset("hundred thousand million billion trillion bn mn m b k lakh crore".split())
_BEFORE_COUNTS = frozenset("to than over least nearly about around almost exceeds tops passes surpasses kills killed reaches hits".split())
_ORDINALS = frozenset("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split())
_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_MONTHS = frozenset(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct
    nov dec
    """.split()
)
_PARTS_OF_DAY = frozenset("morning midday noon afternoon evening midnight".split())
_COMPASS = frozenset("north south east west northern southern eastern western northeast northwest southeast southwest central".split())

_MODAL = frozenset(
    """
    will would may might could should shall to plan plans planning planned expected expects poised ready prepares preparing
    consider considers considering weigh weighs weighing mulls mulling vow vows vowed threaten threatens threatened threatening
    threat urge urges urged call calls demand demands seek seeks want wants try tries attempt attempts offer offers propose
    proposes likely possible feared warn warns warned hope hopes pledge pledges promise promises intend intends
    """.split()
)
"""Words that make what follows a thing of the future, a wish or a threat."""
_NEGATIVE = frozenset(
    """
    not no never nobody none reject rejects rejected refuse refuses refused without fail fails failed false falsely cancel cancels
    cancelled canceled postpone postpones postponed avert averts averted foil foils foiled thwart thwarts thwarted unlikely don't
    won't can't doesn't didn't isn't aren't wasn't cannot
    """.split()
)
"""Words that make what follows a thing that was not done."""
_DENIAL = frozenset("deny denies denied denying".split())
_OPPOSITES = tuple(
    tuple(frozenset(side.split()) for side in pair.split("/"))
    for pair in """
    begin begins began begun start starts started launch launches launched open opens opened reopen reopens reopened
    resume resumes resumed
    / end ends ended halt halts halted stop stops stopped close closes closed shut shuts pause pauses paused suspend suspends
    suspended finish finishes

    kill kills killed killing dead die dies died deaths
    / injure injures injured injuring wound wounds wounded wounding hurt hurts

    accept accepts accepted approve approves approved adopt adopts adopted pass passes passed back backs backed
    / reject rejects rejected block blocks blocked veto vetoes vetoed oppose opposes opposed

    win wins won victory
    / lose loses lost defeat loss

    rise rises rose rising up surge surges jump jumps climb climbs
    / fall falls fell falling down drop drops decline declines slump slumps plunge plunges

    arrest arrests arrested detain detains detained jail jails seize seizes seized capture captures captured
    / release releases released free frees freed

    arrive arrives arrived enter enters entered
    / leave leaves left depart departs departed withdraw withdraws withdrew exit exits

    missing
    / found rescued recovered

    alive survives survived
    / dead killed dies died

    confirm confirms confirmed admit admits admitted claim claims claimed
    / deny denies denied

    impose imposes imposed
    / lift lifts lifted ease eases eased waive waives waived

    guilty convicted convicts
    / acquitted acquits cleared

    escalate escalates escalated intensify intensifies
    / deescalate calm calms ease eases
    """.split("\n\n")
)
"""Pairs of words of which one side undoes the other."""
_ATTRIBUTION = frozenset("say says said report reports reported according official officials source sources media ministry".split())
_ACT_NOUNS = frozenset(
    """
    strike strikes airstrike airstrikes attack attacks raid raids drone drones missile missiles fire shelling forces troops army military
    offensive bombing bombs warplanes jets
    """.split()
)
"""What an attack is made of or called: an actor in front of one acts."""
_HARM = _ACT_NOUNS | frozenset(
    """
    kill kills killed killing dead dies injured wounded hit hits strikes struck bomb bombs blast blasts explosion explosions quake
    earthquake crash crashes shooting stabbing flood floods landslide fire shell shells clashes fighting ambush siege assault
    """.split()
)
"""What reports of violence and disasters are told with."""
_RECURRING = frozenset(
    """
    strike strikes airstrike airstrikes attack attacks raid raids drone drones missile missiles rocket rockets shelling bombing bombings
    bombs kill kills killed killing dead wounded injured clash clashes shooting shootings blast blasts explosion explosions ambush
    """.split()
)
_PLACE_WORDS = frozenset("in on at near against over off from into across outside".split())
_SMALL = frozenset(
    """
    a an the of in on at to for from by with and or as is are was were be been it its his her their this that after before amid
    over near against into off about new say says said
    """.split()
)


def tell_apart(one: Words, other: Words) -> str | None:
    """The first reason these two headlines are no tellings of one thing; None where there is none."""
    if other_quote(one, other):
        return "another quote"
    one, other = _unquoted(one), _unquoted(other)
    return next((reason for reason, guard in _GUARDS if guard(one, other)), None)


def tell_copies_apart(one: Words, other: Words) -> bool:
    """For headlines in other words over one lead: whether they speak of other numbers, another day or the opposite all the same."""
    return other_numbers(one, other, vague=False) or other_dates(one, other) or other_outcome(one, other)


def other_numbers(one: Words, other: Words, vague: bool = True) -> bool:
    """Each side has a number the other has not; "dozens" is one, if `vague`. Large sums of money are let pass: outlets convert them."""
    mine, theirs = _quantities(one, vague), _quantities(other, vague)
    return bool(mine - theirs and theirs - mine)


def other_facts(one: Words, other: Words) -> bool:
    """Facts of two leads, as `sketch` gives them: another weekday, or another toll of one kind."""
    kinds = {fact.partition(":")[0] if ":" in fact else "day" for fact in (*one, *other)}
    return any(
        _both_private(
            {fact for fact in one if (fact.partition(":")[0] if ":" in fact else "day") == kind},
            {fact for fact in other if (fact.partition(":")[0] if ":" in fact else "day") == kind},
        )
        for kind in kinds
    )


def each_has_own_words(one: Words, other: Words) -> bool:
    """Whether each says something the other does not. An outlet that does so twice has two articles: it does not copy itself."""
    mine, theirs = ({ACTORS.get(word, word[:_STEM]) for word in words if word not in _SMALL} for words in (one, other))
    return _both_private(mine, theirs)


def may_recur(words: Words) -> bool:
    """Whether a headline reports what happens again tomorrow in the same words: a raid, a clash, a toll."""
    return not _RECURRING.isdisjoint(words)


def other_dates(one: Words, other: Words) -> bool:
    """Another weekday, date, time, part of the day or place in a row (second, third)."""
    return any(_both_private(kind(one), kind(other)) for kind in (_weekdays, _dates, _times, _parts_of_day, _ordinals))


def other_region(one: Words, other: Words) -> bool:
    """Another point of the compass."""
    return _both_private({_compass(word) for word in one if word in _COMPASS}, {_compass(word) for word in other if word in _COMPASS})


def other_status(one: Words, other: Words) -> bool:
    """Done on one side; planned, threatened, wished or denied on the other."""
    if _DENIAL.isdisjoint(one) != _DENIAL.isdisjoint(other):
        return True
    return any(_made_otherwise(one, other, marks) or _made_otherwise(other, one, marks) for marks in (_MODAL, _NEGATIVE))


def other_outcome(one: Words, other: Words) -> bool:
    """The opposite happened: begins and ends, killed and wounded, arrested and freed."""
    mine, theirs = set(one), set(other)
    for left, right in _OPPOSITES:
        for a, b in ((left, right), (right, left)):
            if mine & a and theirs & b and not mine & b and not theirs & a:
                return True
    return False


def other_actors(one: Words, other: Words) -> bool:
    """Each side names a country or a group the other does not."""
    return _both_private({who for _, who in actors_in(one)}, {who for _, who in actors_in(other)})


def other_direction(one: Words, other: Words) -> bool:
    """The same actors in other roles: they changed places while the rest of the words stayed, or who acted now suffers."""
    one, other = _without_attribution(one, other)
    here, there = actors_in(one), actors_in(other)
    both = {who for _, who in here} & {who for _, who in there}
    if len(both) < 2:
        return False
    first, second = _order(here, both), _order(there, both)
    if first != second and _same_frame(one, other) and not _joint_actors(one, other, here, there):
        return True
    acts, suffers = _roles(one, here)
    acts_there, suffers_there = _roles(other, there)
    return bool(acts & suffers_there - acts_there and suffers & acts_there - suffers_there)


def words_exchanged(one: Words, other: Words) -> bool:
    """The same words but for two that changed places: "Smith beats Jones", "Jones beats Smith"."""
    if len(one) != len(other):
        return False
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a[:4] != b[:4]]
    if len(differ) != 2 or differ[1] - differ[0] < 2:
        return False
    left, right = differ
    return one[left][:4] == other[right][:4] and one[right][:4] == other[left][:4]


def other_quote(one: Words, other: Words) -> bool:
    """Both quote, and not the same words."""
    mine, theirs = _quoted(one), _quoted(other)
    return len(mine) >= 2 and len(theirs) >= 2 and len(mine & theirs) < 0.34 * min(len(mine), len(theirs))


def other_place(one: Words, other: Words) -> bool:
    """Violence or disaster, and each side names a place (what follows in, on, at, near ...) of which the other knows nothing."""
    if _HARM.isdisjoint(one) or _HARM.isdisjoint(other):
        return False
    stems = ({word[:4] for word in one}, {word[:4] for word in other})
    mine = {word for word in _places(one) if word[:4] not in stems[1]}
    theirs = {word for word in _places(other) if word[:4] not in stems[0]}
    return bool(mine and theirs)


_GUARDS = (
    ("other numbers", other_numbers),
    ("another date", other_dates),
    ("another region", other_region),
    ("another status", other_status),
    ("the opposite outcome", other_outcome),
    ("other actors", other_actors),
    ("another direction", other_direction),
    ("words exchanged", words_exchanged),
    ("another place", other_place),
)


def _unquoted(words: Words) -> Words:
    return [word for word in words if word not in (QUOTE_OPEN, QUOTE_CLOSE)]


def _both_private(mine: set[str], theirs: set[str]) -> bool:
    return bool(mine - theirs and theirs - mine)


def _quantities(words: Words, vague: bool) -> Counter[str]:
    """The counts of a headline, as digits or as the vague word, each as often as it stands; no large sums, years, times or dates."""
    found: Counter[str] = Counter()
    for at, word in enumerate(words):
        if vague and word in _VAGUE:
            found[word] += 1
        elif _NUMBER.fullmatch(word):
            before, after = (words[at - 1] if at else ""), (words[at + 1] if at + 1 < len(words) else "")
            beyond = words[at + 2] if at + 2 < len(words) else ""
            money = after in _SCALES and (before in _CURRENCIES or beyond in _CURRENCIES)
            dated = before in _MONTHS or after in _MONTHS or after in ("am", "pm", "a", "p")
            year = len(word) == 4 and word[:2] in ("19", "20") and before not in _BEFORE_COUNTS
            if not (money or dated or year):
                found[f"{word} {after}" if after in _SCALES else word] += 1
    return found


def _weekdays(words: Words) -> set[str]:
    return {word for word in words if word in _WEEKDAYS}


def _parts_of_day(words: Words) -> set[str]:
    return {word for word in words if word in _PARTS_OF_DAY}


def _ordinals(words: Words) -> set[str]:
    return {word for word in words if word in _ORDINALS or _ORDINAL.fullmatch(word)}


def _times(words: Words) -> set[str]:
    return {
        word
        for at, word in enumerate(words)
        if _CLOCK_TIME.fullmatch(word) and set(words[at + 1 : at + 4]) & {"am", "pm", "gmt", "a", "p", "utc"}
    }


def _dates(words: Words) -> set[str]:
    """Days of a month: july 22 or 22 july."""
    found = set()
    for at, word in enumerate(words):
        if word in _MONTHS:
            for near in (words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""):
                day = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", near)
                if day:
                    found.add(f"{word[:3]} {day[1]}")
    return found


def _compass(word: str) -> str:
    return word.removesuffix("ern")


def _made_otherwise(one: Words, other: Words, marks: frozenset[str]) -> bool:
    """Whether a word stands right behind such a mark here, and there too, but with no such mark before it."""
    for at, word in enumerate(one):
        if word in marks:
            act = next((near[:_STEM] for near in one[at + 1 : at + 4] if near not in _SMALL and near not in marks), "")
            places = [there for there, candidate in enumerate(other) if act and candidate.startswith(act)]
            if places and all(marks.isdisjoint(other[max(0, there - 4) : there]) for there in places):
                return True
    return False


def _order(found: list[tuple[int, str]], both: set[str]) -> list[str]:
    """The actors both headlines name, in the order of their first mention."""
    return list(dict.fromkeys(who for _, who in found if who in both))


def _same_frame(one: Words, other: Words) -> bool:
    """Whether the words that name no actor stand in the same order."""
    mine, theirs = ([word for word in words if word not in ACTORS and word not in _SMALL] for words in (one, other))
    return SequenceMatcher(None, mine, theirs, autojunk=False).ratio() >= 0.75


def _joint_actors(one: Words, other: Words, here: list[tuple[int, str]], there: list[tuple[int, str]]) -> bool:
    """Whether the two that changed places act together on a third: "US, Israeli attacks on Iran" is "Israeli, US attacks on Iran"."""
    mine, theirs = _joint_act(one, here), _joint_act(other, there)
    return mine is not None and theirs is not None and mine == theirs


def _joint_act(words: Words, found: list[tuple[int, str]]) -> tuple[frozenset[str], str] | None:
    """The pair and the third of "A, B attacks on C"."""
    for (at, a), (next_at, b), (last, c) in zip(found, found[1:], found[2:], strict=False):
        if (
            next_at - at <= 2
            and last - next_at <= 4
            and c not in (a, b)
            and words[last - 1] in _PLACE_WORDS
            and words[next_at + 1] in _ACT_NOUNS
        ):
            return frozenset((a, b)), c
    return None


def _without_attribution(one: Words, other: Words) -> tuple[Words, Words]:
    """The headlines without "X says" in front of one that stands as "X says" behind the other."""
    for front, back, swapped in ((one, other, False), (other, one, True)):
        for end in range(1, min(6, len(front), len(back))):
            if front[end - 1] in _ATTRIBUTION and sorted(front[:end]) == sorted(back[-end:]):
                rest = (front[end:], back[:-end])
                return rest[::-1] if swapped else rest
    return one, other


def _roles(words: Words, found: list[tuple[int, str]]) -> tuple[set[str], set[str]]:
    """Who acts and who suffers, as far as two plain signs say: "by X" and "X strikes"; "strikes on X"."""
    acts, suffers = set(), set()
    passive = any(at and words[at - 1] == "by" for at, _ in found)
    for at, who in found:
        before, after = (words[at - 1] if at else ""), set(words[at + 1 : at + 3])
        if before == "by":
            acts.add(who)
        elif before in ("on", "in", "against", "at", "into", "over") and _ACT_NOUNS & set(words[max(0, at - 4) : at]):
            suffers.add(who)
        elif after & _ACT_NOUNS:
            (suffers if passive else acts).add(who)
    return acts, suffers


def _quoted(words: Words) -> set[str]:
    """The words in quotation marks, small ones aside."""
    found, inside = set(), False
    for word in words:
        if word == QUOTE_OPEN:
            inside = True
        elif word == QUOTE_CLOSE:
            inside = False
        elif inside and word not in _SMALL:
            found.add(word)
    return found


def _places(words: Words) -> set[str]:
    """Up to two words after a preposition of place; numbers, small words and acts aside."""
    found = set()
    for at, word in enumerate(words):
        if word in _PLACE_WORDS:
            for near in words[at + 1 : at + 3]:
                if near in _SMALL or near in _PLACE_WORDS:
                    break
                if (
                    near[0].isalpha()
                    and near not in _ACT_NOUNS
                    and near not in _ATTRIBUTION
                    and near not in _COMPASS
                    and near not in _MONTHS
                    and near not in _WEEKDAYS
                ):
                    found.add(near)
    return found
