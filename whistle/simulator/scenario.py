"""What a simulation is made of: the scenario file, read strictly, every mistake named with its place and remedy."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from whistle.simulator.errors import BadScenario
from whistle.simulator.propagation import EXPONENT, LOSS_1KM_DB, SHADOW_DB

NodeNumber = Annotated[int, msgspec.Meta(ge=4, le=0xFFFFFFFE)]
Metres = Annotated[float, msgspec.Meta(ge=-100_000, le=100_000)]
Power = Annotated[float, msgspec.Meta(ge=-20, le=36)]


class BeaconSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="beacon"):
    """A board that runs the beacon program with these settings (the JSON a provisioned board gets)."""

    x: Metres
    y: Metres
    settings: dict[str, Any]
    battery: Annotated[int, msgspec.Meta(ge=0, le=101)] = 101

    @property
    def node(self) -> int:
        """The node number stands in the settings."""
        return int(self.settings["node"])

    @property
    def name(self) -> str:
        """The name the technician gave it."""
        return str(self.settings.get("name", f"{self.node:08x}"))

    @property
    def power_dbm(self) -> float:
        """Transmit power, from the settings."""
        return float(self.settings["radio"]["power_dbm"])


class RelaySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="relay"):
    """A plain Meshtastic node that only relays; role by its Meshtastic name."""

    node: NodeNumber
    x: Metres
    y: Metres
    name: str = ""
    role: str = "CLIENT"
    firmware: Literal["2.7", "2.8"] = "2.7"
    power_dbm: Power = 22.0


class RadioSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="radio"):
    """A stock Meshtastic radio with a host port; listen is host:port for its TCP stream, empty for none."""

    node: NodeNumber
    x: Metres
    y: Metres
    name: str = ""
    listen: str = ""
    role: str = "CLIENT"
    firmware: Literal["2.7", "2.8"] = "2.7"
    power_dbm: Power = 22.0


NodeSpec = BeaconSpec | RelaySpec | RadioSpec


class ModelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Constants of the path loss, where the standing ones do not fit; levels in dB."""

    loss_1km_db: float = LOSS_1KM_DB
    exponent: Annotated[float, msgspec.Meta(ge=1, le=8)] = EXPONENT
    shadow_db: Annotated[float, msgspec.Meta(ge=0, le=20)] = SHADOW_DB


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One site's air. centre is (latitude, longitude); channel_psk is hex, as in a beacon's settings."""

    centre: tuple[float, float]
    channel_name: str
    channel_psk: str
    region: str
    preset: str
    nodes: list[NodeSpec]
    model: ModelSpec = ModelSpec()

    def psk(self) -> bytes:
        """The configured channel key."""
        try:
            return bytes.fromhex(self.channel_psk)
        except ValueError:
            raise BadScenario("channel_psk of the scenario is not hex; write the key as hex digits") from None


def load(path: Path) -> Scenario:
    """The scenario in a file; BadScenario says what is wrong and where."""
    try:
        return parse(path.read_bytes())
    except OSError as wrong:
        raise BadScenario(f"cannot read the scenario {path}: {wrong.strerror}; name an existing file") from wrong


def parse(text: bytes) -> Scenario:
    """The scenario in this JSON text."""
    try:
        return checked(msgspec.json.decode(text, type=Scenario))
    except msgspec.DecodeError as wrong:
        raise BadScenario(f"the scenario is not as it must be: {wrong}; correct that field") from wrong


def build(raw: dict[str, Any]) -> Scenario:
    """The scenario in these plain values, as a program makes them."""
    try:
        return checked(msgspec.convert(raw, type=Scenario))
    except msgspec.ValidationError as wrong:
        raise BadScenario(f"the scenario is not as it must be: {wrong}; correct that field") from wrong


def checked(scenario: Scenario) -> Scenario:
    """The same scenario, when its nodes can share one air."""
    met: set[int] = set()
    for spec in scenario.nodes:
        if isinstance(spec, BeaconSpec):
            _check_settings(spec)
        if spec.node in met:
            raise BadScenario(f"two nodes have the number {spec.node}; give each its own")
        met.add(spec.node)
    return scenario


def _check_settings(spec: BeaconSpec) -> None:
    node, radio = spec.settings.get("node"), spec.settings.get("radio")
    if not isinstance(node, int) or not 4 <= node <= 0xFFFFFFFE:
        raise BadScenario("a beacon's settings have no node number; take the settings `whistle site` writes")
    if not isinstance(radio, dict) or not isinstance(radio.get("power_dbm"), int | float):
        raise BadScenario(f"the settings of beacon {node} have no radio; take the settings `whistle site` writes")
