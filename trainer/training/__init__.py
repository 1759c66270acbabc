"""One network trained on examples: layers, methods, loss, loop and checkpoints."""
