"""The bundle: what the trainer writes and the stream reads. Importing it does not import torch."""

import os

# torch's threads wait for each other by spinning unless told otherwise before it is loaded. On
# cores that something else also uses, that doubles the processor time of training: measured.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
