"""`Service.wait_first` of Faust's `mode`, without its tasks where nothing has to be waited for.

Faust asks it for every message it hands over, and it makes four tasks each time, three of them to be cancelled: most of what a message
costs under Faust. Nearly always the message is put into a queue with room, which is done at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any


def quick(wait_first: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The same, but a coroutine that stands first and can be done without waiting is done on the spot, and the answer is None; the
    others are closed. Only for callers that do not look at the answer.
    """

    async def first_or_all(*waited: Any, timeout: Any = None) -> Any:  # noqa: ASYNC109 -- as `mode` has it
        first, *others = waited
        if not others or not isinstance(first, Coroutine):
            return await wait_first(*waited, timeout=timeout)
        try:
            waits_for = first.send(None)
        except StopIteration:
            for other in others:
                other.close()
            return None
        except BaseException:
            for other in others:
                other.close()
            raise
        return await wait_first(_Begun(first, waits_for), *others, timeout=timeout)

    return first_or_all


class _Begun:
    """A coroutine that was begun, and has come to its first wait: waits for that, and goes on. What `yield from` does, from there."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waits_for: Any) -> None:
        self._coroutine, self._waits_for = coroutine, waits_for

    def __await__(self) -> Generator[Any, Any, Any]:
        waits_for = self._waits_for
        while True:
            try:
                try:
                    told = yield waits_for
                except GeneratorExit:
                    self._coroutine.close()
                    raise
                except BaseException as wrong:  # noqa: BLE001 -- a cancellation above all: it is the coroutine's
                    waits_for = self._coroutine.throw(wrong)
                else:
                    waits_for = self._coroutine.send(told)
            except StopIteration as done:
                return done.value
