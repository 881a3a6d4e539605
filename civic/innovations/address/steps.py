"""Steps through the gates in words."""

from __future__ import annotations

from flask_babel import gettext as _

from civic.core.language import translate
from civic.innovations import policy
from civic.innovations.models import Gate, GateState, Stage

#: Look and icon of what became of a proposal.
GATE_SIGNS: dict[GateState, tuple[str, str]] = {
    GateState.PROPOSED: ("now", "clock"),
    GateState.PASSED: ("good", "check"),
    GateState.REFUSED: ("ended", "cross"),
    GateState.WITHDRAWN: ("ended", "undo"),
}


def step_words(from_stage: str, to_stage: str) -> str:
    """Where a step leads: on, back, to the end, or up again after an end."""
    begin, target = Stage(from_stage), Stage(to_stage)
    stage = translate(target.label)
    if target in {Stage.ENDED, begin}:
        return stage
    if begin is Stage.ENDED:
        return str(_("Taken up again: %(stage)s", stage=stage))
    if policy.is_forward(begin, target):
        return str(_("On to: %(stage)s", stage=stage))
    return str(_("Back to: %(stage)s", stage=stage))


def gate_sign(gate: Gate) -> tuple[str, str, str]:
    """What became of a proposal: word, look, icon. A step back is no success."""
    look, icon = GATE_SIGNS[gate.state]
    if gate.state is GateState.PASSED and not policy.is_forward(gate.from_stage, gate.to_stage):
        look, icon = ("ended", "flag") if gate.to_stage is Stage.ENDED else ("", "undo")
    return translate(gate.state.label), look, icon
