"""Real brokers on free loopback ports for the tests of the link: mosquitto and amqtt, each a process of its own."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.waiting import PATIENCE_S, until
from whistle.demo.ports import free_port

MOSQUITTO = "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
AMQTT = (
    "listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{port}\n"
    "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n    allow_anonymous: true\n"
)


class Broker:
    """A broker process that can be stopped, killed and started again on the same port."""

    def __init__(self, argv: list[str], port: int) -> None:
        self.argv = argv
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> "Broker":
        self.process = subprocess.Popen(self.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._listens)
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE_S)

    def _listens(self) -> bool:
        assert self.process is not None and self.process.poll() is None, "the broker ended at once"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def with_mosquitto(found: Path, folder: Path, settings: str = MOSQUITTO) -> Broker:
    port = free_port()
    path = folder / "mosquitto.conf"
    path.write_text(settings.format(port=port, folder=folder))
    return Broker([str(found), "-c", str(path)], port)


def with_amqtt(folder: Path) -> Broker:
    port = free_port()
    path = folder / "amqtt.yaml"
    path.write_text(AMQTT.format(port=port))
    return Broker([sys.executable, "-m", "amqtt.scripts.broker_script", "-c", str(path)], port)


def password(path: Path, user: str, word: str) -> None:
    """A password file as mosquitto reads it (PBKDF2-SHA512)."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", word.encode(), salt, 101)
    path.write_text(f"{user}:$7$101${b64encode(salt).decode()}${b64encode(digest).decode()}\n")


def certificate(folder: Path) -> None:
    """cert.pem and key.pem for localhost, signed by itself, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(plain)


class Refuser:
    """A broker that refuses every subscription with 0x80 (mosquitto never does), or never says a word."""

    def __init__(self, silent: bool = False) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.silent = silent
        self.connections = 0
        self._open: list[socket.socket] = []

    def __enter__(self) -> "Refuser":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.server.close()
        for connection in self._open:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError):
            while data := connection.recv(4096):
                if self.silent:
                    continue
                if data[0] == 0x10:  # CONNECT
                    connection.sendall(b"\x20\x02\x00\x00")
                elif data[0] == 0x82:  # SUBSCRIBE, with the packet's identifier after one byte of length
                    connection.sendall(b"\x90\x03" + data[2:4] + b"\x80")
