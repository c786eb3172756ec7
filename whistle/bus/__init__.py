"""The language of the bus: what gateways and dashboards tell each other over MQTT, and how it is sealed.

`messages` says what can be said, `envelope` how it travels (protocol section 12), `topics` where, `numbers` in which
order, `link` carries bytes to and from one broker, `open_feed` is the plain copy for other programs. Nothing here
knows of ledgers, stores or radios, and nothing relies on the broker to keep anything.
"""
