"""What a person can put right."""


class TrainerError(ValueError):
    """Data or an option that cannot be used; the message states the rule and the value."""


class DivergedError(TrainerError):
    """A loss that grew beyond all bounds."""
