"""The technician's bench: from a box of boards to labelled, mounted, working beacons, without internet.

Rule of this folder: it imports the languages and nothing of the rooms; a running board is reached through `device.py`
alone, by mpremote's transport (`link.py`), and esptool is run as its makers' own program. Every command also speaks
JSON, and says in one sentence what is wrong and what to do.
"""
