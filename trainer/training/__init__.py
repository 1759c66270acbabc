"""The training loop, and what goes on in a step of it."""
