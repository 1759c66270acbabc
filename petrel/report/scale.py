"""From values to places in a drawing, and labels beside them."""

from collections.abc import Callable
from html import escape

Scale = Callable[[float], float]


def scale(values: tuple[float, float], places: tuple[float, float]) -> Scale:
    """Where values lie if the first and the last of `values` lie at those of `places`."""
    slope = (places[1] - places[0]) / (values[1] - values[0])
    return lambda value: round(places[0] + (value - values[0]) * slope, 1)


def label(x: float, y: float, text: str, anchor: str) -> str:
    """A text of which `anchor`, `start` or `end`, lies at a place."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
