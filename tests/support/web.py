"""A small web server on the loopback, with the faults of real ones: cut short, changed meanwhile, without tags."""

import hashlib
import re
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Web:
    """Serves `files` (bytes by path) with ETag and ranges; use as a context. `asked` lists (path, Range or None)."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[tuple[str, str | None]] = []
        self.cut: dict[str, int] = {}  # by path: how many bytes are sent before the line goes dead, once
        self.tagged = True
        self.ranges = True

    def __enter__(self) -> "Web":
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.asked.append((request.path, asked))
        body = self.files.get(request.path)
        if body is None:
            request.send_error(404)
            return
        tag = '"' + hashlib.sha256(body).hexdigest()[:8] + '"'
        begin = self._begin(request, asked, tag)
        request.send_response(206 if begin else 200)
        if begin:
            request.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
        if self.tagged:
            request.send_header("ETag", tag)
        request.send_header("Content-Length", str(len(body) - begin))
        request.end_headers()
        with suppress(ConnectionError):  # who asked may go in the middle
            request.wfile.write(body[begin : self.cut.pop(request.path, len(body))])

    def _begin(self, request: BaseHTTPRequestHandler, asked: str | None, tag: str) -> int:
        found = re.fullmatch(r"bytes=(\d+)-", asked or "")
        same = request.headers.get("If-Range") in (None, tag)  # a range without a condition is always given
        return int(found[1]) if found and self.ranges and same else 0
