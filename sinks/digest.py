"""Several alerts told in one."""

from __future__ import annotations

from dataclasses import replace

from tocsin.model import Alert, AlertKind, Quote, content_id


def digest(alerts: tuple[Alert, ...], path: str, why: str) -> Alert:
    """Several alerts told in one: it looks like the gravest of them, and quotes the headline of each, the gravest first."""
    ordered = sorted(alerts, key=lambda alert: (-alert.level, alert.at, alert.id))
    top = ordered[0]
    at = max(alert.at for alert in alerts)
    return replace(
        top,
        id=content_id("digest", path, *(alert.id for alert in ordered)),
        incident=content_id("digest", path),
        revision=int(at.timestamp()),
        kind=AlertKind.DIGEST,
        at=at,
        headline=f"{len(alerts)} alerts: {top.headline}",
        reason=f"{len(alerts)} alerts in one ({why}, {path}).",
        quotes=tuple(_headline(alert) for alert in ordered),
        chain=(),
        responds_to=None,
        sources=max(alert.sources for alert in alerts),
        outlets=max(alert.outlets for alert in alerts),
    )


def _headline(alert: Alert) -> Quote:
    first = alert.quotes[0] if alert.quotes else Quote(text="", outlet="", url="")
    return Quote(text=f"{alert.level.name} {alert.dyad}: {alert.headline}", outlet=first.outlet, url=first.url)
