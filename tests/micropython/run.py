# Runs shared tests on MicroPython: plain functions named test_*, in files that pytest runs too.
#   micropython tests/micropython/run.py firmware tests/alertwire/test_line.py ...     (from the repository's root)
# The first folder holds what is tested: the sources, or all of them compiled as a board gets them.
# One line a test, then `N passed, M failed`, the form that pytest's own count is compared with.
import gc
import sys

sys.path[:] = ["", sys.argv[1], ".frozen"]


def run(path):
    """(passed, failed) of one file."""
    counts = [0, 0]
    folder = path.rpartition("/")[0]
    if folder not in sys.path:
        sys.path.append(folder)  # where a file's helpers stand, as for pytest
    module = __import__(path[:-3].replace("/", "."), None, None, ("*",))
    for name in sorted(dir(module)):
        test = getattr(module, name)
        if name.startswith("test_") and callable(test):
            try:
                test()
                counts[0] += 1
                print("pass", path + "::" + name)
            except Exception as error:  # noqa: BLE001  a test may fail in any way; the run goes on
                counts[1] += 1
                print("FAIL", path + "::" + name)
                sys.print_exception(error)
            gc.collect()
    return counts


counts = [run(path) for path in sys.argv[2:]]
failed = sum(count[1] for count in counts)
print(sum(count[0] for count in counts), "passed,", failed, "failed")
sys.exit(1 if failed or not counts else 0)
