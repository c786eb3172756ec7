"""What can go wrong in the simulator.

SimulatorError
├── BadScenario           the scenario cannot be built; the sentence says which node or field and what to write
├── BadRequest            a control request that cannot be carried out; the air goes on
├── NoSuchNode            a node number that is not in the scenario
├── SimulationFailed      a fault of the simulation itself ended it
└── ControlError          the control connection (client side): refused, broken, no answer in time
"""


class SimulatorError(Exception):
    """Root of everything this package raises on purpose."""


class BadScenario(SimulatorError):
    """The scenario cannot be built as it stands."""


class BadRequest(SimulatorError):
    """A control request is not one this version knows, or a field of it is wrong."""


class NoSuchNode(BadRequest):
    """No node of the scenario has this number."""

    def __init__(self, node: object) -> None:
        super().__init__(f"no node {node!r} in this scenario; ask for `nodes` to see which there are")


class SimulationFailed(SimulatorError):
    """A fault of the simulation itself has ended it."""


class ControlError(SimulatorError):
    """The simulator's control port refused, broke off or did not answer in time."""
