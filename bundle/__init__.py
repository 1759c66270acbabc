"""The bundle: what the trainer writes and the stream reads. Importing it does not import torch."""
