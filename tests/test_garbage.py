"""What was there before a service began is left alone by the collector, and no longer than it runs."""

import gc

from tocsin.garbage import settled


class Node:
    def __init__(self):
        self.me = self


def test_old_objects_are_not_gone_through_while_it_holds_and_new_cycles_are_still_collected():
    old = [Node() for _ in range(1000)]
    with settled():
        assert gc.get_freeze_count() > 1000
        assert not any(found is old[0] for found in gc.get_objects())
        for _ in range(10):
            Node()
        assert gc.collect() >= 10
    assert gc.get_freeze_count() == 0
    assert any(found is old[0] for found in gc.get_objects())
