"""Which of several producers polls a feed: decided by its host, so that the manners towards a host are kept by one process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

from producers.hosts import host_of


def shard_of(host: str, of: int) -> int:
    """The shard of a host, from 1 to `of`. The same on every machine and in every version.

    When `of` grows by one, about one host in `of` changes its shard and no other (jump consistent hashing, Lamping and Veach 2014).
    """
    key = int.from_bytes(blake2b(host.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    bucket, jump = -1, 0
    while jump < of:
        bucket = jump
        key = (key * 2862933555777941757 + 1) & 0xFFFFFFFFFFFFFFFF
        jump = int((bucket + 1) * ((1 << 31) / ((key >> 33) + 1)))
    return bucket + 1


def shard_of_feed(url: str, of: int) -> int:
    """The shard of a feed, by the host of its name: it stays where it is when the feed moves, so that its state needs no move."""
    return shard_of(host_of(url), of)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several: `Shard(2, 5)` is the second of five."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, told: str) -> Shard:
        """`2/5`.

        Raises:
            ValueError: it is not of this form, or there is no such shard.
        """
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", told)
        if not found or not 1 <= int(found.group(1)) <= int(found.group(2)):
            raise ValueError(f"{told!r} is no shard; the second of five is 2/5")
        return cls(int(found.group(1)), int(found.group(2)))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"
