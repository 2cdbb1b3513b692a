"""Which feed is asked next, among ten thousand: a heap of hosts, each with a heap of its feeds.

Every step costs the logarithm of the number of feeds. Times are seconds of the clock that never jumps; entries of a heap that no longer
hold are passed over when they come up, instead of being searched for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from producers.feed import FeedState, FeedStatus
from producers.hosts import Hosts, host_of
from producers.schedule import share

UNPOLLED = frozenset({FeedStatus.GONE, FeedStatus.PAUSED})
AT_ONCE = 32
"""Feeds; when no more are overdue, they are asked as fast as manners allow."""
PACE_SECONDS = 0.36
"""What each overdue feed adds to the time over which all of them are spread: ten thousand fill an hour."""
SPREAD_AT_MOST = 3600.0


def paced(overdue: Mapping[str, float]) -> dict[str, float]:
    """In how many seconds each feed is due, given in how many each would be by itself.

    Those that are overdue (new, or slept over while the service was down) are spread, each by the phase that is its own: otherwise ten
    thousand feeds that were added at once would be asked at once, hour after hour. The first of them is due now: a service that was killed
    in the midst of such an hour has asked those of the early phases, and goes on with the next.
    """
    late = {url: share(url) for url, seconds in overdue.items() if seconds <= 0}
    over = min(len(late) * PACE_SECONDS, SPREAD_AT_MOST) if len(late) > AT_ONCE else 0.0
    first = min(late.values(), default=0.0)
    rest = 1 - first or 1.0
    return {url: over * (late[url] - first) / rest if url in late else seconds for url, seconds in overdue.items()}


@dataclass(slots=True)
class _Queue:
    """The feeds of one host."""

    heap: list[tuple[float, str]] = field(default_factory=list)
    busy: bool = False


class Agenda:
    """The feeds to ask, with when each is due."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._states: dict[str, FeedState] = {}
        self._due: dict[str, float] = {}
        self._queues: dict[str, _Queue] = {}
        self._heap: list[tuple[float, str]] = []
        self._asked: set[str] = set()

    def get(self, url: str) -> FeedState | None:
        """What is known here of a feed; None of one that is not polled."""
        return self._states.get(url)

    def __iter__(self) -> Iterator[FeedState]:
        return iter(self._states.values())

    def put(self, state: FeedState, due: float) -> None:
        """A feed that is due then, instead of what was known of it; one that is being asked is put back by `answered`."""
        self._states[state.url] = state
        if state.url not in self._asked:
            self._enqueue(state, due)

    def drop(self, urls: Iterable[str]) -> None:
        """Feeds that are no longer asked."""
        for url in urls:
            self._states.pop(url, None)
            self._due.pop(url, None)

    def take(self, now: float) -> FeedState | None:
        """The feed that is due longest among those whose host is free; its host is busy until `answered`."""
        while self._heap and self._heap[0][0] <= now:
            _, host = heappop(self._heap)
            queue = self._queues[host]
            if queue.busy or not self._clean(host, queue):
                continue
            ready = max(queue.heap[0][0], self._hosts.free_at(host))
            if ready > now:
                heappush(self._heap, (ready, host))
                continue
            _, url = heappop(queue.heap)
            del self._due[url]
            self._asked.add(url)
            queue.busy = True
            return self._states[url]
        return None

    def answered(self, asked: FeedState, state: FeedState | None, due: float) -> None:
        """The feed was asked: its state from now on (None where it is not to be asked again), and when it is due."""
        host = host_of(asked.asked_at)
        self._asked.discard(asked.url)
        queue = self._queues[host]
        queue.busy = False
        if asked.url in self._states:
            if state is None or state.status in UNPOLLED:
                self.drop([asked.url])
            else:
                self.put(state, due)
        self._wake(host, queue)

    def next_at(self) -> float | None:
        """When `take` is worth the next call; None where that takes an answer or another feed first."""
        return self._heap[0][0] if self._heap else None

    def _enqueue(self, state: FeedState, due: float) -> None:
        host = host_of(state.asked_at)
        queue = self._queues.setdefault(host, _Queue())
        self._due[state.url] = due
        heappush(queue.heap, (due, state.url))
        if not queue.busy and queue.heap[0][1] == state.url:
            self._wake(host, queue)

    def _wake(self, host: str, queue: _Queue) -> None:
        if self._clean(host, queue):
            heappush(self._heap, (max(queue.heap[0][0], self._hosts.free_at(host)), host))
        if len(self._heap) > 4 * len(self._queues) + 64:
            self._heap = [(max(q.heap[0][0], self._hosts.free_at(h)), h) for h, q in self._queues.items() if q.heap and not q.busy]
            heapify(self._heap)

    def _clean(self, host: str, queue: _Queue) -> bool:
        """Whether the host has a feed to ask, once what no longer holds is gone from its heap."""
        while queue.heap and not self._holds(host, *queue.heap[0]):
            heappop(queue.heap)
        return bool(queue.heap)

    def _holds(self, host: str, due: float, url: str) -> bool:
        return self._due.get(url) == due and host_of(self._states[url].asked_at) == host
