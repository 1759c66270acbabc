"""One network trained on examples: encoder, methods, loss, loop and checkpoints."""
