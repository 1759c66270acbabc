"""The base of all errors that a person can put right."""


class PetrelError(Exception):
    """The message states the rule that was broken and the value, as a sentence for a person."""
