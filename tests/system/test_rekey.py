"""A neighbourhood is given a new group key over the air by the real beacon program, air and gateway's voice.

On one virtual clock; `virtual` says which parts are left out.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.groupkeys import GroupKeys
from gateway.hearing import Hearing
from gateway.keyring import Keyring
from gateway.reader import TELEMETRY, HeardPulse, Reader
from gateway.rekeying import Rekeying
from gateway.sources.kept import SPACING_S
from gateway.sources.port import Outgoing
from tests.system.virtual import Town
from whistle.site.bundles import load_gateway_bundle

pytestmark = [pytest.mark.system, pytest.mark.slow]
BEACONS, HOURS = 8, 4


class Reader2(Reader):
    """Reads for the town, and tells what beacons' pulses say of their keys."""

    def __init__(self, keyring: Keyring, told: Callable[[HeardPulse], None]) -> None:
        super().__init__(keyring)
        self._told = told

    def read(self, hearing: Hearing):  # type: ignore[no-untyped-def]
        found = super().read(hearing)
        if isinstance(found, HeardPulse):
            self._told(found)
        return found


class Rotated(Town):
    """The same town, whose gateway may get a bundle of the next group epoch."""

    _last_at = -10.0

    def rotate(self, folder: Path) -> None:
        """The gateway starts anew with its new bundle; it remembers nothing of beacons' keys."""
        bundle = load_gateway_bundle(next(folder.rglob("gateway*.json")))
        self.keyring = Keyring(msgspec.structs.replace(bundle, group_epoch=self._voice._keyring.group_epoch + 1))
        self.groups = GroupKeys(self.keyring, {})
        clock = self._voice._clock
        self.rekeying = Rekeying(self.groups, self._voice._plan, clock)
        self._voice._keyring, self._reader = self.keyring, Reader2(self.keyring, self._pulse)
        self.given = 0

    def _pulse(self, one: HeardPulse) -> None:
        self.groups.heard(one.hearing.sender, one.pulse.group_epoch)
        self.rekeying.pulse(one.hearing.sender, one.pulse.sequence, one.pulse.mode, self.url)

    def _hear(self) -> None:
        super()._hear()
        due = self.rekeying.due(0.0)
        if due is not None and self._voice.rekey(due) is not None:
            self.rekeying.given(due)
            self.given += 1

    def ready_in(self, port: int) -> float:
        """A stock radio drops a second telemetry within ten seconds without a word."""
        return self._last_at + SPACING_S[port] - self.simulation.now if port == TELEMETRY else 0.0

    def submit(self, packet: Outgoing) -> bool:
        self._last_at = self.simulation.now if packet.port == TELEMETRY else self._last_at
        return super().submit(packet)

    def sleepers(self) -> list[int]:
        """Beacons that listen only after their own frames."""
        return [node for node, case in self.simulation.beacons.items() if case._settings["mode"] == "press"]

    def pulse_now(self, node: int) -> None:
        """Hours later: the next pulse of a sleeping beacon is due."""
        beacon = self.simulation.beacons[node]
        if beacon.asleep:
            beacon.restart()
            assert self.simulation.run_until(lambda: beacon.program is not None, within_s=5)
        beacon.program.caller.pulses.early(round(self.simulation.now * 1000))
        beacon.program._alarm.ring()

    def deaf(self) -> list[int]:
        """Beacons that listen, and have heard no gateway for three minutes."""
        now = self.simulation.now * 1000
        awake = [
            (node, case.program) for node, case in self.simulation.beacons.items() if case._settings["mode"] != "press"
        ]
        return [node for node, program in awake if now - (program.ears.gateway_at or 0) > 180_000]

    def old(self) -> list[int]:
        """Beacons not known to have the newest key."""
        newest = self.keyring.group_epoch
        return [node for node in self.keyring.nodes() if (self.groups._epochs[node] or 0) < newest]


def test_every_beacon_gets_the_new_key_and_hears_its_gateway_all_the_time(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    town = Rotated(tmp_path, 5, BEACONS)
    for turn in (2, 3):
        town.rotate(tmp_path)
        assert len(town.old()) == BEACONS and town.keyring.voice[0] == turn - 1
        town.pass_(5)  # the boards have started
        minutes = 0
        asleep = town.sleepers()
        assert asleep, "one of them sleeps"
        while set(town.old()) - set(asleep) and minutes < 60 * HOURS:
            town.pass_(60)
            minutes += 1
            assert town.deaf() == [], "no beacon is left without a gateway meanwhile"
        for node in asleep:
            for _ in range(6):
                if node in town.old():
                    town.pulse_now(node)
                    town.pass_(120)
        assert town.old() == [] and town.keyring.voice[0] == turn
        tell(f"{BEACONS} beacons had group key {turn} after {minutes} min, by {town.given} messages")
        assert town.given <= 3 * BEACONS
        for board in town.simulation.beacons.values():
            if board.asleep:
                board.restart()
                assert town.simulation.run_until(lambda board=board: board.program is not None, within_s=5)
            settings = board.program.settings
            assert settings.group_epoch == turn and settings.group == town.keyring.group_key(turn)
            assert settings.group_previous == town.keyring.group_key(turn - 1)
