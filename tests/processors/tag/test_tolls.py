"""Which of the tolls an item tells it stands by."""

import pytest

from processors.tag.casualties import tolls
from processors.tag.tokens import sentences
from processors.tag.tolls import leading


def read(text):
    return {mention.kind: (mention.min, mention.max) for mention in leading([tolls(sentence) for sentence in sentences("text", text)])}


@pytest.mark.parametrize(
    ("text", "killed"),
    [
        # the first number leads; what follows takes it apart
        ("Raids kill 21 civilians.\nFifteen died in Manbij while six others were killed in a village.", (21, 21)),
        # a second act is another matter
        ("A bomber killed four people on Sunday.\nEarlier this week troops had executed 48 people elsewhere.", (4, 4)),
        # an exact number replaces a vague one, wherever it stands
        ("Dozens killed in raids.\nAt least 31 people were killed, doctors said.", (31, None)),
        # a refined bound
        ("More than 50 civilians killed.\nAt least 51 civilians were killed in air raids.", (51, None)),
        # soldiers told first are a part of all told later
        ("Five police officers were killed in a blast.\nFifteen people died in the explosion.", (15, 15)),
        # one by grammar gives way to a number
        ("A bomb killed a mayor.\nTwelve people were killed, the army said.", (12, 12)),
        # the toll that rises
        ("A blast killed 12 people.\nThe death toll rose to 15.", (15, 15)),
        # but not a running total told in the sentence of the act
        ("The raid killed three fighters, bringing the death toll to 45.", (3, 3)),
        # other sources may say more
        ("The bomb killed one soldier.\nOther sources report that two soldiers were killed.", (1, 1)),
        # the dead among the attackers are told apart
        ("Two gunmen were killed.\nThe attack left nine guards dead.", (9, 9)),
        # nobody, until somebody
        ("No one was killed.", (0, 0)),
        ("No casualties were reported at first.\nLater two people were found dead.", (2, 2)),
        # the war is not the act
        ("The raid killed 95 people.\nThe conflict has killed more than 195,000 people since it began.", (95, 95)),
    ],
)
def test_the_toll_that_leads(text, killed):
    assert read(text)["killed"] == killed


def test_each_kind_leads_for_itself():
    assert read("Blast kills 12, wounds 30.\nPolice arrested two men.") == {"killed": (12, 12), "injured": (30, 30), "captured": (2, 2)}


def test_what_was_only_tried_is_no_toll():
    assert read("They tried to kill five hostages.") == {}
