"""What a person can put right."""


class TrainerError(ValueError):
    """Data or an option that cannot be used; the message states the rule and the value."""
