"""The Lua scripts beside this file."""

from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

SCRIPTS = Path(__file__).parent


def script(redis: Redis, name: str) -> AsyncScript:
    """The script `name`.lua, to be run on `redis`."""
    return redis.register_script((SCRIPTS / f"{name}.lua").read_text("utf-8"))


def decoded(names: Any) -> list[str]:
    """Names as Redis gives them, as text."""
    return [name.decode() for name in names]
