"""The same records under many settings, each backtest in a process of its own."""

import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from multiprocessing import get_context

from msgspec import Struct

from schemas.errors import PetrelError
from stream.backtest.known_events import Figures, KnownEvent, figures
from stream.clients.backtest.runner import run_backtest
from stream.settings import load, overrides

# More are a slip of the keyboard: each is a backtest.
MAX_TRIALS = 1_000


class SweepError(PetrelError):
    """A sweep that cannot be done; the message states the rule and the value."""


class Trial(Struct, frozen=True):
    """Settings that were tried, as variables of the environment, and how the alerts did."""

    settings: dict[str, str]
    figures: Figures


def combinations(values: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Each combination of the values of these variables.

    Raises:
        SettingsError: one is no setting, or a value breaks its rule.
        SweepError: there are more than `MAX_TRIALS`.
    """
    found = [
        dict(zip(values, chosen, strict=True))
        for chosen in product(*(dict.fromkeys(some) for some in values.values()))
    ]
    if len(found) > MAX_TRIALS:
        raise SweepError(f"a sweep has at most {MAX_TRIALS:,} combinations, not {len(found):,}")
    for variables in found:
        load(**overrides(variables))
    return found


def sweep(
    source: str,
    trials: Sequence[dict[str, str]],
    events: Sequence[KnownEvent],
    processes: int,
    report: Callable[[int], None],
) -> list[Trial]:
    """Run each of `trials`, so many at a time; `report` is called with how many are done.

    What is no scored record is passed over. Raises as `run_backtest` does, and `SweepError` when
    there is no other.
    """
    # Anew, and not copied: a copy of a process that has threads may hang.
    context = get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(trials)), context, _end_at_interrupt) as pool:
        running = {pool.submit(_figures, source, one, events): one for one in trials}
        try:
            for done, future in enumerate(as_completed(running), 1):
                future.result()
                report(done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [Trial(one, future.result()) for future, one in running.items()]


def _end_at_interrupt() -> None:
    """Let Ctrl-C, which all processes get, end this one without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _figures(source: str, variables: dict[str, str], events: Sequence[KnownEvent]) -> Figures:
    result = run_backtest(load(**overrides(variables)), source, lambda _: None)
    if result.is_empty:
        raise SweepError("there is no scored document; without --sweep it is said why")
    return figures(result.alerts, result.time, events)
