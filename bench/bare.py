"""The reference of `bench.page`: bare paho from a socket to a broker, and bare Flask from there to a browser."""

import queue
import socket
import sys
from collections.abc import Iterator

import waitress  # type: ignore[import-untyped]
from flask import Flask
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PAGE = """<!doctype html><div id="open"></div><script>
new EventSource("/live").onmessage = (event) => {
  const row = `<article><p class="place">${event.data}</p></article>`;
  document.getElementById("open").insertAdjacentHTML("afterbegin", row);
};</script>"""
role, port, broker = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = mqtt.Client(CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", broker)
client.loop_start()
if role == "gateway":
    for line in socket.create_server(("127.0.0.1", port)).accept()[0].makefile("rb"):
        client.publish("bench/bare", line, 1).wait_for_publish()
else:
    news: "queue.Queue[bytes]" = queue.Queue()
    client.on_message = lambda _client, _data, message: news.put(bytes(message.payload))
    client.subscribe("bench/bare", 1)
    app = Flask("bare")
    app.add_url_rule("/", "page", lambda: PAGE)

    def live() -> Iterator[bytes]:
        yield b": hello\n\n"
        while True:
            yield b"data: " + news.get().split(b"|")[0] + b"\n\n"

    app.add_url_rule("/live", "live", lambda: app.response_class(live(), content_type="text/event-stream"))
    waitress.serve(app, host="127.0.0.1", port=port)
