"""A feed is parsed in a process of its own, with little time and memory.

Expressions in the library take hours for an author's name of a megabyte, and a thread that is in
one cannot be stopped: one hostile feed would end the polling of all.
"""

import asyncio
import resource
import sys
from datetime import UTC, datetime

import msgspec

from schemas.codec import InvalidRecord, decode, encode, shown
from stream.clients.polling.errors import FeedError
from stream.clients.polling.feed_parser import Download, ParsedFeed, parse_feed

# The largest feeds that are read take about five.
_CPU_SECONDS = 20
_MEMORY_BYTES = 1024**3

# Texts of a feed whose entities multiply it.
_MAX_ANSWER = 64 * 1024**2

_REFUSED = 65


async def parse_apart(download: Download, cpu_seconds: int = _CPU_SECONDS) -> ParsedFeed:
    """What `parse_feed` gives, from a process that is stopped when it takes too much.

    Raises:
        FeedError: it is no feed, too broken to be read, or too much work.
    """
    process = await _start(cpu_seconds)
    try:
        answer, reason = await process.communicate(msgspec.msgpack.encode(download))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == _REFUSED:
        raise FeedError(reason.decode("utf-8", "replace"))
    if process.returncode:
        end = f"; it ends {shown(reason[-60:])}" if reason else ""
        raise FeedError(f"the parser, which has {cpu_seconds} s and 1 GiB, was stopped{end}")
    try:
        return decode(answer, ParsedFeed)
    except InvalidRecord as error:
        raise FeedError(f"the feed makes a document that breaks a rule: {error}") from error


async def _start(cpu_seconds: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", __name__, str(cpu_seconds)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Ctrl-C is for the process that started it.
            start_new_session=True,
        )
    except OSError as error:
        raise FeedError(f"no process for the parser: {error.strerror}") from error


def main(cpu_seconds: int) -> None:
    """Parse the download on standard input; the feed goes to standard output as JSON."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    download = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Download)
    try:
        sys.stdout.buffer.write(_encoded(parse_feed(download, datetime.now(UTC))))
    except FeedError as error:
        sys.stderr.write(str(error))
        raise SystemExit(_REFUSED) from None


def _encoded(feed: ParsedFeed) -> bytes:
    encoded = encode(feed)
    if len(encoded) > _MAX_ANSWER:
        raise FeedError(f"the texts of a feed have at most {_MAX_ANSWER} bytes together")
    return encoded


if __name__ == "__main__":
    main(int(sys.argv[1]))
