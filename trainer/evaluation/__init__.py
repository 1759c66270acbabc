"""A bundle on labelled examples: probabilities, reports, calibration and comparison."""
