"""The command `petrel`."""
