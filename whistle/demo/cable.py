"""A network cable that can be pulled out: a TCP relay on loopback between one program and the broker."""

import contextlib
import socket
import threading

LOOPBACK = "127.0.0.1"
CHUNK = 65536


class Cable:
    """Carries every connection to `port` on to `target` until it is cut; plugged in again, it takes new ones."""

    def __init__(self, port: int, target: int) -> None:
        self._target = target
        self._plugged = True
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((LOOPBACK, port))
        threading.Thread(target=self._accept, name="cable", daemon=True).start()

    @property
    def plugged(self) -> bool:
        """Whether connections pass."""
        return self._plugged

    def cut(self) -> None:
        """Pull it out: what is open breaks, what comes is refused at once."""
        with self._lock:
            self._plugged = False
            broken, self._open = self._open, set()
        for end in broken:
            _close(end)

    def plug(self) -> None:
        """Put it back."""
        self._plugged = True

    def close(self) -> None:
        """End for good."""
        self.cut()
        _close(self._listener)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection((LOOPBACK, self._target), timeout=5)
            far.settimeout(None)
        except OSError:
            _close(near)
            return
        if not self._keep(near, far):
            return
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(source, sink), name="cable", daemon=True).start()

    def _keep(self, near: socket.socket, far: socket.socket) -> bool:
        with self._lock:
            if self._plugged:
                self._open.update((near, far))
                return True
        _close(near)
        _close(far)
        return False

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                sink.sendall(data)
        with self._lock:
            self._open -= {source, sink}
        _close(source)
        _close(sink)


def _close(end: socket.socket) -> None:
    # shutdown first: close alone does not wake a thread that waits in recv or accept
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
