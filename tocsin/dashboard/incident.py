"""The page of one incident: all that was told of it, by whom, in reply to what, and whether it was delivered."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from processors.assess import Incident
from sinks.message import line
from tocsin.dashboard import words
from tocsin.dashboard.desk import Desk
from tocsin.dashboard.retold import counts, ladder, timeline, without_echoes
from tocsin.dashboard.source import Kept
from tocsin.model import AlertKind
from tocsin.wire import dump, plain


def page(desk: Desk, request: Request) -> HTMLResponse:
    """One incident by its id.

    Raises:
        HTTPException: no alert tells of it (404).
    """
    alerts = _alerts(desk, request)
    latest = alerts[-1]
    row = words.row(latest.seq, latest.alert)
    states = desk.source.dyads()
    state = states.get(str(latest.alert.dyad))
    known: Incident | None = next((one for one in state.incidents if one.id == latest.alert.incident), None) if state else None
    revisions = {kept.alert.id: kept.alert.revision for kept in alerts}
    told = {
        "row": row,
        "why": words.row(0, next((one.alert for one in alerts[::-1] if one.alert.kind is not AlertKind.RESOLVED), latest.alert)).reason,
        "alert": latest.alert,
        "known": known,
        "first": alerts[0].alert,
        "dyad": str(latest.alert.dyad),
        "timeline": timeline(alerts, known),
        "said": without_echoes(row.said),
        "counts": counts(known),
        "blows": ladder(states, latest.alert.dyad, latest.alert.incident, latest.alert),
        "houses": _houses(known),
        "deliveries": [(revisions[one.alert_id], one) for one in desk.source.deliveries_of(list(revisions))],
        "raw": dump([kept.alert for kept in alerts]).decode(),
    }
    return desk.page(request, "incident.html", told)


def raw(desk: Desk, request: Request) -> Response:
    """The incident's alerts as they are kept, and what else is known of it.

    Raises:
        HTTPException: no alert tells of it (404).
    """
    alerts = [kept.alert for kept in _alerts(desk, request)]
    state = desk.source.dyads().get(str(alerts[0].dyad))
    known = next((one for one in state.incidents if one.id == alerts[0].incident), None) if state else None
    told = {"incident": alerts[0].incident, "alerts": plain(alerts), "known": plain(known)}
    return Response(dump(told), media_type="application/json")


def _alerts(desk: Desk, request: Request) -> list[Kept]:
    told = desk.source.of_incident(request.path_params["id"])
    if not told:
        raise HTTPException(404)
    return told


def _houses(known: Incident | None) -> list[tuple[str, str]]:
    """Who told of it, and how: independently, passing on a claim, or denying it."""
    if known is None:
        return []
    how = (("independently", known.sources), ("passes on a claim", known.claimed_by), ("tells of a denial", known.denied_by))
    return [(line(house, 80), words) for words, houses in how for house in houses]
