"""What somebody may have meant by a name that is none."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str:
    """The end of a sentence about `name`: the nearest of `known`, or nothing when none is near.

    That all of them begin with `prefix` makes none nearer.

    >>> did_you_mean("twiter-v1", ["reddit", "twitter-v1"])
    '; did you mean twitter-v1?'
    """
    bare = [one.removeprefix(prefix) for one in known]
    near = get_close_matches(name.removeprefix(prefix), bare, n=1)
    return f"; did you mean {prefix}{near[0]}?" if near else ""
