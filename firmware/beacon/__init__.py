"""The board's program, the same on a board, in the simulator and in tests: asyncio over two small ports (ports.pyi).

Rule of this folder: `machine` is imported in boards/ and radios/ only; time, chance, flash and AES come through the
ports. Few and full files, because each one costs a board some hundred bytes.
"""
