"""How many tokens the model reads in a second, as it was measured last."""

# Work for about this long at a time: so a slow model's records are acknowledged early, and another
# model that is activated is soon at work.
_SECONDS = 5.0

# Few short texts: at one document a second no more than the seconds above.
_FIRST_TOKENS = 128

# Work after which what was measured before counts half: one pass over a few short texts, which take
# many times as long a token, says little, and a model that has become slow is soon seen.
_HALF_SECONDS = 1.0

# A clock may not move during a quick forward pass.
_MIN_SECONDS = 1e-6


class TokenRate:
    """Tokens and the seconds that they took, of the last seconds of work."""

    def __init__(self) -> None:
        self._tokens = 0.0
        self._seconds = 0.0

    def observe(self, tokens: int, seconds: float) -> None:
        """A forward pass read `tokens` tokens, at least one, in `seconds`."""
        taken = max(seconds, _MIN_SECONDS)
        kept = 0.5 ** (taken / _HALF_SECONDS)
        self._tokens = kept * self._tokens + tokens
        self._seconds = kept * self._seconds + taken

    @property
    def budget(self) -> int:
        """Tokens that keep the model busy for about five seconds; few until a pass was observed."""
        if not self._seconds:
            return _FIRST_TOKENS
        return round(_SECONDS * self._tokens / self._seconds)
