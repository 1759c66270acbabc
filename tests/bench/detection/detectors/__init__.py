"""The detectors that are compared: of keys, whose documents they see, and of plain series."""
