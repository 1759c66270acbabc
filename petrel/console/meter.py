"""Progress of a long command on standard error: a bar on a terminal, else a line now and then."""

import logging
import sys
import time
from types import TracebackType

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

_LINE_SECONDS = 10.0


class Meter:
    """Shows how many `what` are done, of a total where there is one; without `bar`, in lines."""

    def __init__(self, what: str, *, bar: bool = True) -> None:
        self._what = what
        self._began = self._last_line = time.monotonic()
        self._bar = _bar() if bar and sys.stderr.isatty() else None
        self._task = self._bar.add_task(what, total=None) if self._bar else None

    def __enter__(self) -> "Meter":
        if self._bar:
            self._bar.start()
            _log_to_stderr()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()
            _log_to_stderr()

    def show(self, done: int, total: int | None = None) -> None:
        """Show that `done` of `total` are done."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif time.monotonic() - self._last_line >= _LINE_SECONDS:
            self._last_line = time.monotonic()
            of = f" of {total}" if total else ""
            rate = done / (self._last_line - self._began)
            click.echo(f"{done}{of} {self._what}, {_per_second(rate)}", err=True)

    def echo(self, text: str, *, err: bool = False) -> None:
        """As `click.echo`, of lines that stand above the bar."""
        stream = sys.stderr if err else sys.stdout
        if self._bar and stream.isatty():
            # The stream that stands for it writes above the bar; click passes that by.
            print(text, file=stream)
        else:
            click.echo(text, err=err)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text(_per_second(rate) if rate else "")


def _per_second(rate: float) -> str:
    # A sweep does less than one backtest a second.
    return f"{rate:.0f}/s" if rate >= 10 else f"{rate:.2g}/s"


def _log_to_stderr() -> None:
    # While a bar is shown, `sys.stderr` is replaced by a stream that writes above the bar.
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            handler.setStream(sys.stderr)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        # What goes to a file or a pipe must not be shown on the terminal instead.
        redirect_stdout=sys.stdout.isatty(),
    )
