"""What is wrong with a watch list."""

from schemas.errors import PetrelError


class WatchlistError(PetrelError):
    """A watch list that cannot be used; the message names the entity, the rule and the value."""
