"""Releases as the workbench sees them, and the file that says which one runs."""

import pytest

from tests.support import boxes
from whistle.workbench import compiling, slots
from whistle.workbench.errors import BadProgram
from whistle.workbench.slots import Slots, parse


def test_a_release_is_what_starts_it_and_what_lies_in_a_slot():
    program = {**boxes.STARTER, "beacon/program.mpy": b"1", "alertwire/line.mpy": b"2"}
    driver = {"lib/lora/modem.mpy": b"3", "lora/async_modem.mpy": b"4", "lib/lora/__init__.mpy": b"5"}
    made = slots.release("0.2.0", program, driver)
    assert set(made.starter) == {"main.py", "chooser/__init__.mpy"}
    assert list(made.files) == ["pack"]
    inside = {"alertwire/line.mpy": b"2", "beacon/program.mpy": b"1", "lora/modem.mpy": b"3"}
    assert slots.unpacked(made.files["pack"]) == inside
    assert set(made.hashes()) == {*made.files, "version"} and made.mark.decode().strip() == made.stamp
    other = slots.release("0.2.0", {**program, "alertwire/line.mpy": b"4"}, {})
    assert made.stamp.split()[0] == other.stamp.split()[0] == "0.2.0" and made.stamp != other.stamp


def test_the_real_program_is_a_release():
    made = slots.release("0.2.0", compiling.program())
    assert "beacon/program.mpy" in slots.unpacked(made.files["pack"]) and "chooser/__init__.mpy" in made.starter


@pytest.mark.parametrize("missing", ["main.py", "chooser/__init__.mpy", "beacon/program.mpy"])
def test_a_release_without_what_it_needs_is_refused(missing):
    program = {**boxes.STARTER, "beacon/program.mpy": b"1"}
    del program[missing]
    with pytest.raises(BadProgram):
        slots.release("0.2.0", program)


def test_the_slot_file_is_read_as_the_chooser_reads_it():
    assert parse(b"a") == Slots("a") and parse(b"b\n") == Slots("b")
    assert parse(b"b a 2") == Slots("b", "a", 2)
    assert (parse(b"b a 2").good, parse(b"b a 2").spare, parse(b"a").spare) == ("a", "b", "b")
    for wrong in (None, b"", b"c", b"ab", b"a a 1", b"a b x", b"a b", b"a b 1 2", b"\xff"):
        assert parse(wrong) is None, wrong
