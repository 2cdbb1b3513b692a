"""EscalationEvent -> Alert: one event, one alert; every dyad on its ladder.

`Assessor(state, AssessSettings())` is the stage; docs/incidents.md explains what an incident is, the ladder and every knob.
"""

from __future__ import annotations

from processors.assess.assessor import Assessor
from processors.assess.settings import AssessSettings
from processors.assess.state import DyadState, Incident

__all__ = ["AssessSettings", "Assessor", "DyadState", "Incident"]
