# mypy: ignore-errors
# Frozen into the emulated board: its flash is the machine's second memory, which a reset leaves as it is (and the file
# behind it a power cut). Formatted when it holds no file system, as stock boards do.
import uctypes
import vfs


class Flash:
    SIZE = 4096

    def __init__(self):
        self._bytes = memoryview(uctypes.bytearray_at(0x21000000, 1 << 21))

    def readblocks(self, block, into, offset=0):
        at = block * self.SIZE + offset
        into[:] = self._bytes[at : at + len(into)]

    def writeblocks(self, block, data, offset=0):
        at = block * self.SIZE + offset
        self._bytes[at : at + len(data)] = data

    def ioctl(self, operation, _):
        if operation == 4:
            return len(self._bytes) // self.SIZE
        if operation == 5:
            return self.SIZE
        return 0


try:
    vfs.mount(vfs.VfsLfs2(Flash()), "/")
except OSError:
    vfs.VfsLfs2.mkfs(Flash())
    vfs.mount(vfs.VfsLfs2(Flash()), "/")
