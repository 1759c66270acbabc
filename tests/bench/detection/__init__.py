"""Detectors against each other, at the same number of alarms: prices, injected events, NAB."""
