"""What is served beside the pipeline: metrics and health, and the page."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from tocsin.clock import Clock
from tocsin.metrics import Metrics
from tocsin.monitor import OFF, HttpServer, MonitorSettings, PortTakenError
from tocsin.monitor import app as monitor_app
from tocsin.monitor import routes as monitor_routes
from tocsin.progress import Progress
from tocsin.settings import Settings

log = logging.getLogger("tocsin")


@contextmanager
def monitoring(settings: MonitorSettings, metrics: Metrics, progress: Progress) -> Iterator[str | None]:
    """Metrics and health are served meanwhile; yields where. A port that is taken matters only where the configuration names it.

    Raises:
        PortTakenError: the configuration names the address, and it cannot be had.
    """
    if settings.listen == OFF:
        yield None
        return
    with ExitStack() as ending:
        try:
            server = ending.enter_context(HttpServer(monitor_app(metrics, progress), settings.listen, "monitor"))
        except PortTakenError as wrong:
            if "listen" in settings.model_fields_set:
                raise PortTakenError(f"monitor.listen: {wrong}") from None
            log.warning('metrics and health are not served: %s with [monitor] listen, or "off"', wrong)
            yield None
            return
        log.info("metrics and health are served at %s", server.url)
        yield server.url


@contextmanager
def page_beside(settings: Settings, clock: Clock, metrics: Metrics, progress: Progress) -> Iterator[None]:
    """The page is served meanwhile, with metrics and health beside it, as far as the configuration wants one.

    Raises:
        PageRefusedError: it cannot be served as it is configured.
    """
    if not settings.dashboard.enabled:
        yield
        return
    from tocsin.dashboard.from_store import StoreSource
    from tocsin.dashboard.serve import beside

    with closing(StoreSource(settings.data_dir / "tocsin.db", settings.feeds.listed())) as source:
        told = {"assess": settings.assess, "regions": settings.routing.regions}
        with beside(source, clock, settings.dashboard, monitor_routes(metrics, progress), **told):
            yield
