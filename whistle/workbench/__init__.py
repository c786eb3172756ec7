"""The technician's bench: from a box of boards to labelled, mounted, working beacons, without internet.

Rule of this folder: it imports the languages and nothing of the rooms; a board is reached through `device.py` alone,
esptool and mpremote are run as the makers' own programs. Every command also speaks JSON, and says in one sentence what
is wrong and what to do.
"""
