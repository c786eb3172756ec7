# mypy: ignore-errors
# Frozen into the emulated board. Its flash is formatted when it holds no file system, as stock boards do.
import vfs
from board import flash

try:
    vfs.mount(vfs.VfsLfs2(flash), "/")
except OSError:
    vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/")
del vfs, flash
