"""Detectors against each other, at the same number of alarms: prices, injected events, NAB.

One of one's own goes into `detectors/contenders.py`, or `detectors/series.py` for NAB. A threshold
is set for each detector and each kind of keys by itself, so that none is judged by its scale.
"""
