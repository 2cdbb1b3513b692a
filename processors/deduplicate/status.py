"""Guards over how real a thing is and how it went: announced or done, begun or ended, said or denied."""

from __future__ import annotations

from processors.deduplicate.words import SMALL, STEM, Words

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


def _made_otherwise(one: Words, other: Words, marks: frozenset[str]) -> bool:
    """Whether a word stands right behind such a mark here, and there too, but with no such mark before it."""
    for at, word in enumerate(one):
        if word in marks:
            act = next((near[:STEM] for near in one[at + 1 : at + 4] if near not in SMALL and near not in marks), "")
            places = [there for there, candidate in enumerate(other) if act and candidate.startswith(act)]
            if places and all(marks.isdisjoint(other[max(0, there - 4) : there]) for there in places):
                return True
    return False
