"""The gateway's own log, on standard error: lines for people, or JSON for machines."""

import json
import logging
import sys
import time
from typing import Final

FORMATS: Final = ("text", "json")


class _Json(logging.Formatter):
    """One object a line: at, level, from, says."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": round(record.created, 3),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def begin(form: str, verbose: bool) -> None:
    """Write log lines to standard error as it is now, before anything else may take its place."""
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    plain.converter = time.gmtime
    handler.setFormatter(_Json() if form == "json" else plain)
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True)
    logging.getLogger("whistle.bus.link").setLevel(logging.INFO if verbose else logging.WARNING)
