"""The reference of `bench.page`: bare paho from a socket to a broker, and bare Flask from there to a browser."""

import queue
import socket
import sys

import waitress  # type: ignore[import-untyped]
from flask import Flask
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PAGE = """<!doctype html><div id="open"></div><script>
new EventSource("/live").onmessage = (event) => document.getElementById("open").insertAdjacentHTML("afterbegin",
  `<article><p class="place">${event.data}</p></article>`);</script>"""
role, port, broker = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = mqtt.Client(CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", broker)
client.loop_start()
if role == "gateway":
    for line in socket.create_server(("127.0.0.1", port)).accept()[0].makefile("rb"):
        client.publish("bench/bare", line, 1).wait_for_publish()
else:
    news: "queue.Queue[bytes]" = queue.Queue()
    news.put(b": hello\n\n")
    client.on_message = lambda _client, _data, message: news.put(b"data: %s\n\n" % message.payload.split(b"|")[0])
    client.subscribe("bench/bare", 1)
    app = Flask("bare")
    app.add_url_rule("/", "page", lambda: PAGE)
    app.add_url_rule("/live", "live", lambda: app.response_class(iter(news.get, b""), mimetype="text/event-stream"))
    waitress.serve(app, host="127.0.0.1", port=port)
