"""What a person can put right."""

from schemas.errors import PetrelError


class TrainerError(PetrelError):
    """Data or an option that cannot be used; the message states the rule and the value."""


class DivergedError(TrainerError):
    """A loss that grew beyond all bounds."""
