"""Numbered scripts, run in order by `ledger.py` on a file of a lower user_version. Never edit one that was released."""
