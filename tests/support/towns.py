"""Towns of a few nodes in a line: beacons that run the real program, a stock relay, a gateway's radio."""

from whistle.simulator.scenario import build
from whistle.simulator.simulation import Simulation

BEACON, SECOND, RELAY, RADIO = 0x0A1B2C3D, 0x0A1B2C99, 0x22222222, 0x11111111
UP, DOWN, GROUP = bytes(range(32)), bytes(range(32, 64)), bytes(range(96, 128))
PRESS = {"mode": "press", "timing": {"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 27000, "window_ms": 3000}}


def settings(node=BEACON, **changes):
    made = {
        "v": 1,
        "site": "0001020304050607",
        "node": node,
        "device_epoch": 1,
        "group_epoch": 1,
        "up": UP.hex(),
        "down": DOWN.hex(),
        "status": bytes(32).hex(),
        "id": node.to_bytes(32, "big").hex(),
        "group": GROUP.hex(),
        "group_previous": None,
        "channel_name": "Cedar",
        "channel_psk": bytes(range(16)).hex(),
        "place": "34th & Cedar",
        "words": ["HELP", "MEDICAL", "FIRE", "WATCH"],
        "name": "34th & Cedar",
        "short": "34CE",
        "mode": "relay",
        "captain": False,
        "hop_limit": 3,
        "radio": {
            "freq_hz": 926750000,
            "sf": 7,
            "bw_hz": 500000,
            "cr": 5,
            "preamble": 16,
            "power_dbm": 22,
            "sync": 43,
            "duty_permille": 1000,
            "busy_looks": 100,
        },
        "timing": {"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 390, "window_ms": 3000},
        "second_button": False,
        "whistle": True,
    }
    return made | changes


def town(*nodes, loss=0.0, seed=1):
    """Nodes on a line, 550 m apart: each hears only its neighbours (688 m)."""
    placed = [node | {"x": 550.0 * place, "y": 0.0} for place, node in enumerate(nodes)]
    return Simulation(
        build(
            {
                "centre": [45.0, -93.2],
                "channel_name": "Cedar",
                "channel_psk": bytes(range(16)).hex(),
                "region": "US",
                "preset": "SHORT_TURBO",
                "model": {"shadow_db": 0.0},
                "nodes": placed,
            }
        ),
        seed,
        loss,
    )


def beacon(node=BEACON, **changes):
    return {"kind": "beacon", "settings": settings(node, **changes)}


RELAY_NODE = {"kind": "relay", "node": RELAY, "name": "Roof"}
RADIO_NODE = {"kind": "radio", "node": RADIO, "name": "Gateway"}


def asleep(simulation):
    return simulation.run_until(lambda: simulation.beacon(BEACON).asleep, within_s=60)
