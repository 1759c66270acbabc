"""NAB's series as a table: each detector by folder, with one threshold for all of them."""

from pathlib import Path

from tests.bench.detection.detectors.series import SeriesDetector, series_detectors
from tests.bench.detection.nab import Board, board, read
from tests.bench.harness import Figures

_FOLDERS = (
    "artificialNoAnomaly", "artificialWithAnomaly", "realAWSCloudwatch", "realAdExchange",
    "realKnownCause", "realTraffic",
)  # fmt: skip

# Worked out from results/<detector>/<detector>_standard_scores.csv of github.com/numenta/NAB, which
# have the score of each file at the threshold that is best with the tweet volumes (commits 5a98e4f,
# 4b89baf, 38b9ff1, de8e91a): 100 (score + windows) / (2 windows), summed over the files of a folder
# and over the 48 that are here. The folder without windows: what its false positives cost.
_PUBLISHED: dict[str, tuple[float, ...]] = {
    "ARTime": (-0.1, 70.3, 69.5, 75.1, 63.9, 86.9, 72.1),
    "Numenta HTM": (-0.4, 70.2, 73.4, 76.9, 55.5, 82.5, 70.9),
    "Twitter ADVec": (-2.6, 76.7, 38.5, 49.6, 26.7, 57.7, 42.1),
    "windowed Gaussian": (0.0, 2.6, 31.2, 56.9, 13.4, 64.3, 35.0),
}


def nab_table(root: Path) -> Figures:
    """The score of each detector by folder and in all, and what others have published."""
    rows: list[list[str | float]] = []
    for name, make in series_detectors().items():
        scores = [_scores(make(), one.rows) for one in read(root)]
        rows.append(_row(name, board(read(root), scores)))
    rows += [[f"{name}, published", *figures] for name, figures in _PUBLISHED.items()]
    title = "NAB without its tweet volumes, standard profile, one threshold for all folders"
    return Figures(title, ["detector", *_FOLDERS, "all"], rows)


def _scores(detector: SeriesDetector, rows: list[tuple[float, float]]) -> list[float]:
    return [detector.step(timestamp, value) for timestamp, value in rows]


def _row(name: str, reached: Board) -> list[str | float]:
    folders = (round(reached.folders[folder], 1) for folder in _FOLDERS)
    return [name, *folders, round(reached.score, 1)]
