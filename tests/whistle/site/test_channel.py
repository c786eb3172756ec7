"""The channel link byte for byte as Meshtastic's own package writes it, and as its reader reads it."""

import base64
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from meshtastic.protobuf import apponly_pb2, channel_pb2, config_pb2

from whistle.site import channel

PSK = bytes(range(32))


def by_the_package(name: str, psk: bytes, region: int, preset: int, hops: int) -> bytes:
    settings = channel_pb2.ChannelSettings(name=name, psk=psk)
    settings.module_settings.SetInParent()
    lora = config_pb2.Config.LoRaConfig(
        use_preset=True, modem_preset=preset, region=region, hop_limit=hops, tx_enabled=True
    )
    return apponly_pb2.ChannelSet(settings=[settings], lora_config=lora).SerializeToString()


REGIONS = sorted(config_pb2.Config.LoRaConfig.RegionCode.values())
PRESETS = sorted(config_pb2.Config.LoRaConfig.ModemPreset.values())


def test_every_region_and_preset_is_written_as_the_package_writes_it():
    for region, preset in product(REGIONS, PRESETS):
        ours = channel.channel_set("Cedar", PSK, region, preset, 3)
        assert ours == by_the_package("Cedar", PSK, region, preset, 3), (region, preset)


@given(st.text(min_size=1, max_size=11), st.binary(min_size=32, max_size=32), st.integers(0, 7))
def test_any_channel_is_written_as_the_package_writes_it(name, psk, hops):
    assert channel.channel_set(name, psk, 1, 8, hops) == by_the_package(name, psk, 1, 8, hops)


def test_the_link_is_one_the_apps_read():
    link = channel.link("Cedar", PSK, region_code=1, preset_code=8, hop_limit=3)
    assert link.startswith("https://meshtastic.org/e/#") and "=" not in link and "+" not in link
    raw = link.removeprefix(channel.PREFIX)
    read = apponly_pb2.ChannelSet.FromString(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    assert (read.settings[0].name, read.settings[0].psk) == ("Cedar", PSK)
    assert read.settings[0].module_settings.position_precision == 0
    lora = read.lora_config
    assert (lora.use_preset, lora.modem_preset, lora.region, lora.tx_enabled) == (True, 8, 1, True)
    assert (lora.hop_limit, lora.channel_num, lora.override_frequency) == (3, 0, 0.0)
