"""Log formats: one JSON object a line, or text for people."""

import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import orjson

from schemas.times import isoformat

# What these libraries log at INFO is of use to their own developers only.
_LIBRARIES = ("faust", "mode", "aiokafka", "httpx", "transformers")


class JsonFormatter(logging.Formatter):
    """A line as a JSON object: time, level, logger, message, and the record's own fields.

    Those of several workers have which `worker` it is.
    """

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._worker = {} if worker is None else {"worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": isoformat(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            **self._worker,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class TextFormatter(logging.Formatter):
    """A line for people: time, which of several workers, level, message, fields."""

    def __init__(self, worker: int | None = None) -> None:
        which = "" if worker is None else f"worker {worker} "
        super().__init__(f"%(asctime)s {which}%(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {k}={v}" for k, v in getattr(record, "fields", {}).items())
        return f"{super().format(record)}{fields}"


def set_up(level: str, form: Literal["json", "text"], worker: int | None = None) -> None:
    """Write the log to standard error in the given format; libraries log warnings only.

    Each line says which `worker` of several wrote it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(worker) if form == "json" else TextFormatter(worker))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
