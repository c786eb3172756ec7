"""The demo's broker: mosquitto where it is installed, else amqtt, which comes with the package."""

import shutil
import sys
from pathlib import Path

from whistle.demo.process import Process

# Nothing of the bus relies on a broker's memory (protocol section 12), so none is asked for. The broker listens on
# loopback only, where everything is sealed anyway.
MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
"""

AMQTT = """\
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""


def mosquitto() -> str | None:
    """Where mosquitto is; Debian keeps it where an ordinary user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


def broker(port: int, folder: Path) -> Process:
    """A broker on 127.0.0.1:port that keeps its settings and log in `folder`; not started yet."""
    found = mosquitto()
    if found is not None:
        settings = folder / "mosquitto.conf"
        settings.write_text(MOSQUITTO.format(port=port))
        argv = [found, "-c", str(settings)]
    else:
        settings = folder / "amqtt.yaml"
        settings.write_text(AMQTT.format(port=port))
        argv = [sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(settings)]
    return Process("broker", argv, folder / "broker.log")
