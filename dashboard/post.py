"""What this dashboard says on the bus: sealed for one gateway each, numbered, handed to the link."""

from collections.abc import Callable

from whistle.bus import envelope, topics
from whistle.bus.messages import Down
from whistle.bus.numbers import Numbers
from whistle.site.bundles import DashboardBundle

Publish = Callable[[str, bytes], bool]


class Post:
    """Seals and sends. `sender` is the store's id; numbers rise from one start to the next."""

    def __init__(self, bundle: DashboardBundle, sender: str, numbers: Numbers, publish: Publish) -> None:
        self._bundle, self._sender, self._numbers, self._publish = bundle, bytes.fromhex(sender), numbers, publish
        self._keys = {gateway.id: bundle.link_keys(gateway.id)[1] for gateway in bundle.gateways}
        self.gateways = tuple(self._keys)

    def send(self, gateway: str, message: Down) -> bool:
        """Whether the message was handed to the link. False promises nothing was lost: what matters is said again."""
        topic = topics.down(self._bundle.site, gateway)
        number = self._numbers.next()
        sealed = envelope.seal(self._keys[gateway], self._bundle.bus_epoch, self._sender, number, topic, message)
        return self._publish(topic, sealed)
