"""More alerts than a channel takes one by one are told together: none lost, none doubled, and what got worse by itself."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import timedelta

from sinks.crowd import Crowded
from sinks.deliver import drain
from sinks.message import DIGEST_QUOTES
from sinks.slack import SlackSettings
from sinks.spacer import Spacer
from tests.sinks.receiver import Receiver, answer
from tests.values import NOON, alert
from tocsin.model import Alert, AlertKind
from tocsin.wire import load


def put(store, *names, **told):
    """Alerts named `incident.n`."""
    with store.transaction():
        for name in names:
            incident, _, n = name.partition(".")
            store.add_alert(alert(name, incident=incident, revision=int(n or 1), headline=f"headline {name}", **told), ["desk"])


def told_by(pending):
    one = load(pending.body, Alert)
    return [quote.text.rpartition(" ")[2] for quote in one.quotes] if one.kind is AlertKind.DIGEST else [one.id]


def emptied(crowded, settle=None):
    """What is handed out until nothing is left; `settle` decides what becomes of each."""
    out = []
    while pending := crowded.next("desk", NOON):
        out.append(told_by(pending))
        (settle or crowded.delivered)("desk", pending.alert_id, NOON)
    return out


def test_few_are_told_one_by_one(store, outbox):
    put(store, "a", "b", "c")
    assert emptied(Crowded(outbox, 3)) == [["a"], ["b"], ["c"]]


def test_more_are_told_together_until_few_are_left(store, outbox):
    put(store, *(f"i{n}" for n in range(DIGEST_QUOTES + 4)))
    first, *rest = emptied(Crowded(outbox, 3))
    assert len(first) == DIGEST_QUOTES
    assert [len(one) for one in rest] == [4]
    assert store.deliveries() == {"desk": {"delivered": DIGEST_QUOTES + 4}}


def test_what_got_worse_is_told_by_itself_and_in_its_place(store, outbox):
    put(store, "a.1", "b.1")
    put(store, "a.2", kind=AlertKind.ESCALATED)
    put(store, "a.3", "c.1", "d.1")
    told = emptied(Crowded(outbox, 2))
    assert [sorted(one) for one in told] == [["a.1", "b.1", "c.1", "d.1"], ["a.2"], ["a.3"]]


def test_what_failed_together_is_tried_again_together(store, outbox):
    put(store, *(f"i{n}" for n in range(5)))
    crowded = Crowded(outbox, 2)
    one = crowded.next("desk", NOON)
    crowded.postpone("desk", one.alert_id, NOON + timedelta(seconds=5), "http_503")
    assert crowded.next("desk", NOON) is None
    again = crowded.next("desk", NOON + timedelta(seconds=5))
    assert (again.alert_id, again.attempts, again.body) == (one.alert_id, 1, one.body)  # the same id, the same bytes


def test_of_a_digest_that_is_refused_for_ever_each_alert_is_tried_by_itself(store, outbox):
    put(store, *(f"i{n}" for n in range(5)))
    crowded, poison, seen = Crowded(outbox, 2), "i3", []

    def settle(sink, name, now):
        told = told_by(crowded.next(sink, now))
        seen.append(told)
        if poison in told:
            crowded.bury(sink, name, "slack_invalid_blocks", now)
        else:
            crowded.delivered(sink, name, now)

    emptied(crowded, settle)
    assert [len(one) for one in seen] == [5, 1, 1, 1, 1, 1]
    assert store.deliveries() == {"desk": {"delivered": 4, "dead": 1}}


class Channel:
    """A Slack channel on a clock of the test's: refuses what comes sooner than a second after the message before."""

    def __init__(self):
        self.now, self.last, self.kept, self.refused = NOON, None, [], 0

    async def __call__(self, out):
        early = self.last is not None and self.now - self.last < timedelta(seconds=0.999)
        troubled = random.Random(len(self.kept) + self.refused).random() < 0.1
        if early or troubled:
            self.refused += 1
            behave = answer(429, {"Retry-After": "2"}) if early else answer(503)
        else:
            self.last = self.now
            self.kept.append(self.receiver.requests[-1].body)
            behave = answer(200)
        await behave(out)


def test_a_storm_of_500_alerts_in_ten_seconds_reaches_a_channel_within_its_limits(store, outbox):
    channel = Channel()
    with Receiver([channel]) as receiver:
        channel.receiver = receiver
        sink = SlackSettings(url=receiver.url, network=receiver.policy.model_dump()).build("desk", lambda: channel.now)
        sink._spacer = Spacer(lambda: channel.now, 1.0, lambda seconds: setattr(channel, "now", channel.now + timedelta(seconds=seconds)))
        put_in = 0

        def wait(longest):
            nonlocal put_in
            channel.now += min(longest, timedelta(seconds=1))
            due = min(500, int((channel.now - NOON).total_seconds() * 50) + 1)
            put(store, *(f"i{n % 100}.{n // 100}" for n in range(put_in, due) if n % 50))
            put(store, *(f"i{n % 100}.{n // 100}" for n in range(put_in, due) if not n % 50), kind=AlertKind.ESCALATED)
            put_in = due
            return (put_in == 500 and outbox.next_due("desk") is None) or channel.now > NOON + timedelta(minutes=10)

        drain(Crowded(outbox, 20), sink, lambda: channel.now, wait)
        sink.close()
    assert store.deliveries() == {"desk": {"delivered": 500}}
    told = Counter()
    for body in channel.kept:
        words = json.dumps(json.loads(body)["blocks"])
        names = set(_names(words))
        told.update(names)
    assert set(told) == {f"i{n % 100}.{n // 100}" for n in range(500)}, "none lost"
    assert set(told.values()) == {1}, "none doubled"
    assert len(channel.kept) < 80
    assert channel.now - NOON < timedelta(minutes=3)


def _names(words):
    return [part.split("”")[0].split("\\")[0].split('"')[0] for part in words.split("headline ")[1:]]
