# mypy: ignore-errors
# ruff: noqa: F821
# What is frozen into the emulated board, as into stock images: asyncio, and the start of its file system.
include("$(MPY_DIR)/extmod/asyncio")
freeze("$(BOARD_DIR)", "_boot.py")
