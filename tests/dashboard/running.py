"""A dashboard as a process of its own, with a broker and a gateway that speaks to it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import msgspec

from dashboard.rounds import BEAT_S
from tests.support.dashboards import PASSWORD, Speaker
from tests.support.waiting import until
from whistle.bus import envelope, topics
from whistle.bus.link import Link
from whistle.bus.messages import Down, Message, Watch
from whistle.demo.ports import free_port
from whistle.site.bundles import DashboardBundle

COMMAND = [sys.executable, "-c", "from dashboard.command import dashboard; dashboard(prog_name='whistle dashboard')"]


def command(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, text=True, timeout=60)


class Broker:
    """mosquitto without a disk, on a port of its own."""

    def __init__(self, mosquitto: Path, home: Path) -> None:
        self.port = free_port()
        self.config = home / "mosquitto.conf"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
        )
        self.mosquitto, self.process = mosquitto, None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> "Broker":
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process: Any = subprocess.Popen([str(self.mosquitto), "-c", str(self.config)], **quiet)
        until(lambda: _listens(self.port))
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Running:
    """`whistle dashboard run`, started, killed and started again on the same data and port."""

    def __init__(self, site: DashboardBundle, data: Path, broker: str, *options: str) -> None:
        self.site, self.data, self.port = site, data, free_port()
        data.mkdir(parents=True, exist_ok=True)
        bundle = data / "bundle.json"
        bundle.write_bytes(msgspec.json.encode(site))
        self.argv = ["run", "--bundle", str(bundle), "--data", str(data), "--broker", broker]
        self.argv += ["--listen", f"127.0.0.1:{self.port}", *options]
        self.process: Any = None
        self.gateway = Gateway(site, broker)  # there before the dashboard: its first heartbeat is not followed at once

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Running":
        assert self.gateway.link.wait(15)
        log = (self.data / "log").open("ab")
        with log:
            self.process = subprocess.Popen([*COMMAND, *self.argv], stdout=log, stderr=log)
        until(lambda: _listens(self.port) and self.process.poll() is None)
        return self

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal and wait for the end; how long that took."""
        began = time.monotonic()
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, number)
            self.process.wait(10)
        return time.monotonic() - began

    def log(self) -> str:
        return (self.data / "log").read_text()


class Gateway:
    """A gateway on a real broker: says what it is told to, hears what is said to it."""

    def __init__(self, site: DashboardBundle, broker: str) -> None:
        self.speaker = Speaker(site, now=time.time())
        self.heard: list[Down] = []
        down = topics.down(site.site, self.speaker.gateway)
        self.link = Link(broker, [down], self._hear).start()

    def _hear(self, topic: str, payload: bytes) -> None:
        self.heard.append(envelope.unseal(self.speaker.down, topic, payload).message)  # type: ignore[arg-type]

    def say(self, message: Message) -> None:
        until(lambda: self.link.publish(*self.speaker.sealed(message)))

    def told(self, kind: type[Any]) -> list[Any]:
        return [message for message in list(self.heard) if isinstance(message, kind)]

    def met(self) -> None:
        """Wait for the dashboard's heartbeat: where we came too late for the first, the next is a whole beat away."""
        until(lambda: self.told(Watch), 2 * BEAT_S)


class Browserless:
    """A signed-in captain over real HTTP."""

    def __init__(self, url: str, name: str = "Maria") -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        form = {"name": name, "password": PASSWORD, "csrf_token": self._token("/sign-in")}
        self.opener.open(f"{url}/sign-in", urllib.parse.urlencode(form).encode(), timeout=20).close()

    def get(self, path: str) -> str:
        with self.opener.open(self.url + path, timeout=20) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **form: str) -> None:
        form["csrf_token"] = self._token("/")
        self.opener.open(self.url + path, urllib.parse.urlencode(form).encode(), timeout=20).close()

    def _token(self, path: str) -> str:
        found = re.search(r'csrf-token" content="([^"]+)"', self.get(path))
        assert found
        return found[1]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
