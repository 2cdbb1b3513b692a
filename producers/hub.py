"""Asks a hub for a subscription, or for the end of one: one careful POST, under the guard and the manners that feeds are asked under."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from producers.fault import PATIENCE, FetchError, FetchFault
from producers.fetch import FetchSettings, fetch_error, retry_after
from producers.hosts import HeldError, Hosts, host_of
from producers.websub import LEASE, Subscription
from tocsin.clock import Clock
from tocsin.network import check_url

_MOST_READ = 4_096
"""Bytes of a hub's answer that are read; the status says all."""
_REPEATED = frozenset({307, 308})
"""The redirects after which the very same request may be made elsewhere (WebSub, section 5.1)."""
_FAULTS = {429: FetchFault.RATE_LIMITED, 503: FetchFault.UNAVAILABLE}


class HubClient:
    """Speaks to hubs; use as an async context manager."""

    def __init__(self, settings: FetchSettings, clock: Clock, hosts: Hosts) -> None:
        self._settings, self._clock, self._hosts = settings, clock, hosts
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = self._settings.session()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def ask(self, subscription: Subscription) -> None:
        """Ask the hub for what the subscription is to be: it says that it will look into it.

        Raises:
            HeldError: the hub's host asked for patience before.
            FetchError: anything else, a refusal too.
        """
        form = {
            "hub.mode": "subscribe" if subscription.wanted else "unsubscribe",
            "hub.topic": subscription.topic,
            "hub.callback": subscription.callback + subscription.token,
        }
        if subscription.wanted:
            form |= {"hub.secret": subscription.secret, "hub.lease_seconds": str(int(LEASE.total_seconds()))}
        try:
            await self._follow(subscription.hub, form)
        except (FetchError, HeldError):
            raise
        except Exception as wrong:  # noqa: BLE001 -- aiohttp's own, and what strange URLs and answers make it raise
            raise fetch_error(wrong, self._settings) from None

    async def _follow(self, url: str, form: Mapping[str, str]) -> None:
        for _ in range(self._settings.max_redirects + 1):
            check_url(url, self._settings.network)
            async with self._hosts.turn(host_of(url)), asyncio.timeout(self._settings.total_seconds):
                target = await self._post(url, form)
            if not target:
                return
            if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                raise FetchError(FetchFault.REFUSED, "a redirect from https to something else")
            url = target
        raise FetchError(FetchFault.REDIRECTS, f"more than {self._settings.max_redirects} redirects")

    async def _post(self, url: str, form: Mapping[str, str]) -> str:
        """Where the request is to be made instead; "" where it was taken."""
        assert self._session
        async with self._session.post(url, data=form, allow_redirects=False) as response:
            status, told = response.status, response.headers
            if status in _REPEATED and "Location" in told:
                return urljoin(url, told["Location"])
            await response.content.read(_MOST_READ)
            if 200 <= status < 300:
                return ""
            fault = _FAULTS.get(status, FetchFault.CLIENT_ERROR if 400 <= status < 500 else FetchFault.SERVER_ERROR)
            wait = retry_after(told.get("Retry-After", ""), self._clock())
            if fault in PATIENCE and wait:
                self._hosts.hold(host_of(url), wait)
            raise FetchError(fault, f"the hub answers {status}", wait, host=host_of(url))
