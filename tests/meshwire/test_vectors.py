"""Facts of Meshtastic in tests/vectors/mesh.json: airtimes, hashes, frequencies, AES, a message heard on the air."""

import binascii
import json

from meshwire import frame, presets, regions
from meshwire.airtime import Modem
from meshwire.channel import Channel, channel_hash, expand_key
from meshwire.data import encode
from meshwire.header import Header, pack

with open("tests/vectors/mesh.json") as file:
    VECTORS = json.load(file)


def aes(key):
    """The interpreter's own AES in ECB mode: what boards have, or what CPython programs of ours use."""
    try:
        import cryptolib
    except ImportError:
        from whistle.aes import ecb

        return ecb(key)
    return cryptolib.aes(key, 1).encrypt


def test_airtime_and_slot_of_every_preset():
    assert len(VECTORS["airtime"]) == len(presets.PRESETS) == 16
    for row in VECTORS["airtime"]:
        preset = presets.PRESETS[row["preset"]]
        assert (preset.sf, preset.bw_hz, preset.cr) == (row["sf"], row["bw_hz"], row["cr"]), row
        modem = preset.modem()
        assert modem.slot_ms == row["slot_ms"], row
        for size, ms in row["ms"].items():
            assert (modem.airtime_us(int(size)) + 500) // 1000 == ms, (row, size)


def test_airtime_beyond_the_table():
    assert Modem(7, 500000, 5).airtime_us(76) == 36672
    assert Modem(11, 250000, 5).symbol_us == 8192
    # SF5 and SF6 have a longer sync part and no 8 extra bits
    for sf in (5, 6):
        for size in range(16, 256):
            symbols = 16 + 6.25 + 8 + -(-(8 * size - 4 * sf + 36) // (4 * sf)) * 5
            assert Modem(sf, 500000, 5).airtime_us(size) == int(symbols * (1 << sf) * 2), (sf, size)
    assert Modem(12, 500000, 5).airtime_us(0) == int((16 + 4.25 + 8) * 8192)
    # 2.4 GHz: preamble of 12, wide bandwidth, four symbols to look for activity
    wide = presets.PRESETS["LONG_FAST"].modem(True)
    assert (wide.bw_hz, wide.preamble, wide.slot_ms) == (812500, 12, int(4 * 2048 / 812.5 + 7.6))


def test_low_data_rate_optimisation():
    # on from 16 ms a symbol: it takes two bits of every symbol, so that the same frame needs more of them
    for sf, bw, on in (
        (11, 250000, 0),
        (11, 125000, 1),
        (12, 125000, 1),
        (12, 250000, 1),
        (12, 500000, 0),
        (8, 15600, 1),
    ):
        modem = Modem(sf, bw, 5)
        bits = 8 * 200 - 4 * sf + 44
        rate = 4 * (sf - 2 * on)
        symbols = -(-bits // rate) * 5 + 8 + 16 + 4.25
        assert abs(modem.airtime_us(200) - symbols * (1 << sf) * 1e6 / bw) <= 20, (sf, bw)


def test_channel_hashes():
    key = expand_key(b"\x01")
    for name, value in VECTORS["channel_hash_with_default_key"].items():
        assert channel_hash(name, key) == value, name


def test_djb2():
    for name, value in VECTORS["djb2"].items():
        assert regions.djb2(name) == value, name


def test_default_frequencies():
    for firmware in regions.FIRMWARES:
        for row in VECTORS["frequencies"]["both"] + VECTORS["frequencies"][firmware]:
            region, preset = regions.REGIONS[row["region"]], presets.PRESETS[row["preset"]]
            bw_hz = preset.modem(region.wide).bw_hz
            slot = regions.choose_slot(region, bw_hz, preset.hash_name, firmware)
            found = (slot + 1, regions.slots(region, bw_hz, firmware), regions.frequency(region, bw_hz, slot, firmware))
            assert found == (row["slot"], row["slots"], row["hz"]), (firmware, row)


def test_every_regions_default_has_a_frequency_by_each_firmware_that_has_it():
    for firmware in regions.FIRMWARES:
        rows = VECTORS["frequencies"]["both"] + VECTORS["frequencies"][firmware]
        given = sorted((row["region"], row["preset"]) for row in rows)
        for region in regions.REGIONS.values():
            if region.since <= firmware <= (region.until or firmware):
                assert given.count((region.name, region.default)) == 1, (firmware, region.name, region.default)


def test_where_the_two_firmwares_differ():
    """Only in bands that are no multiple of the bandwidth: the reference names them."""
    differ = set()
    for region in regions.REGIONS.values():
        for name in region.presets():
            preset = presets.PRESETS[name]
            if region.since == "2.8" or region.until or preset.since == "2.8":
                continue
            bw_hz = preset.modem(region.wide).bw_hz
            found = [
                regions.frequency(
                    region, bw_hz, regions.choose_slot(region, bw_hz, preset.hash_name, firmware), firmware
                )
                for firmware in regions.FIRMWARES
            ]
            if found[0] != found[1]:
                differ.add(region.name)
                if region.name.endswith("433"):
                    assert name in ("LONG_SLOW", "MEDIUM_SLOW", "MEDIUM_FAST", "SHORT_SLOW"), (region.name, name)
    assert differ == {"ANZ_433", "UA_433", "PH_433", "KZ_433", "PH_868", "LORA_24"}


def test_slots_set_by_hand_and_by_region():
    us, bw = regions.REGIONS["US"], 250000
    assert regions.choose_slot(us, bw, "Cedar", "2.8", 20) == 19
    assert regions.frequency(us, bw, 19) == 906875000
    narrow = regions.REGIONS["EU_N_868"]
    assert regions.choose_slot(narrow, 62500, "Cedar") == 0  # whatever the name
    assert regions.choose_slot(narrow, 62500, "Cedar", "2.8", 3) == 2
    lite = regions.REGIONS["EU_866"]
    assert [regions.frequency(lite, 125000, slot) for slot in range(4)] == [865700000, 866300000, 866900000, 867500000]
    assert regions.slots(lite, 125000) == 4
    assert regions.slots(regions.REGIONS["EU_868"], 500000, "2.7") == 0


def test_effective_names():
    long_fast = presets.PRESETS["LONG_FAST"]
    assert presets.effective_name("", long_fast) == "LongFast" == presets.effective_name("Default", long_fast)
    assert presets.effective_name("Cedar", long_fast) == "Cedar"
    assert presets.PRESETS["LONG_MODERATE"].hash_name == "LongMod"


def test_aes():
    for row in VECTORS["aes_ecb"]:
        encrypt = aes(bytes.fromhex(row["key"]))
        assert encrypt(bytes.fromhex(row["plain"])).hex() == row["cipher"], row["source"]
        assert encrypt(bytes.fromhex(row["plain"])).hex() == row["cipher"], "the second call differs"


def test_a_message_heard_on_the_air():
    for row in VECTORS["captured"]:
        channel = Channel("heard", bytes.fromhex(row["key"]), aes)
        head = Header(0xFFFFFFFF, row["from"], row["id"], channel=channel.hash)
        raw = pack(head) + bytes.fromhex(row["ciphertext"])
        found = frame.unseal((channel,), raw)[2]
        assert (found.portnum, found.payload.hex(), found.bitfield) == (row["portnum"], row["payload"], row["bitfield"])
        assert frame.seal(channel, head, found) == raw


def test_whole_frames():
    """Built by the protobufs of the `meshtastic` package and the CTR mode of `cryptography`, without our code."""
    assert len(VECTORS["frames"]) == 6
    for row in VECTORS["frames"]:
        raw, psk = bytes.fromhex(row["frame"]), binascii.a2b_base64(row["psk"])
        channel = Channel(row["channel"], expand_key(psk), aes)
        head, by, found = frame.unseal((channel,), raw)
        assert (head.sender, head.to, head.id) == (row["from"], row["to"], row["id"]), row["about"]
        assert by is channel and raw[13] == channel.hash, row["about"]
        assert (found.portnum, found.payload.hex(), found.request_id, found.bitfield) == (
            row["portnum"],
            row["payload"],
            row["request_id"],
            row["bitfield"],
        ), row["about"]
        assert encode(found).hex() == row["data"], row["about"]
        assert frame.seal(channel, head, found) == raw, row["about"]
