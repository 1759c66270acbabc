"""How many tokens the model reads in a second, as it was measured last."""

# Work for about this long at a time: so a slow model's records are acknowledged early, and another
# model that is activated is soon at work.
_SECONDS = 5.0

# Few short texts: at one document a second no more than the seconds above.
_FIRST_TOKENS = 128

# Weight of the newest forward pass: a change shows after one or two, one hiccup is soon forgotten.
_WEIGHT = 0.5

# A clock may not move during a quick forward pass.
_SHORTEST_SECONDS = 1e-6


class TokenRate:
    """An exponentially weighted moving average of seconds per token.

    Of seconds per token, not of tokens per second: so one slow pass weighs more than one quick one.
    """

    def __init__(self) -> None:
        self._seconds_per_token: float | None = None

    def observe(self, tokens: int, seconds: float) -> None:
        """A forward pass read `tokens` tokens, at least one, in `seconds`."""
        newest = max(seconds, _SHORTEST_SECONDS) / tokens
        before = newest if self._seconds_per_token is None else self._seconds_per_token
        self._seconds_per_token = _WEIGHT * newest + (1 - _WEIGHT) * before

    @property
    def budget(self) -> int:
        """Tokens that keep the model busy for about five seconds; few until a pass was observed."""
        if self._seconds_per_token is None:
            return _FIRST_TOKENS
        return int(_SECONDS / self._seconds_per_token)
