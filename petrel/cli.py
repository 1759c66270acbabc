"""The command `petrel`; each subcommand is imported only when it is called, for quick help."""

from importlib import import_module

import click

from petrel.console.command import Group

_COMMANDS = {
    "demo": "petrel.demo",
    "dev": "petrel.dev",
    "train": "petrel.commands.train",
    "evaluate": "petrel.commands.evaluate",
    "search": "petrel.commands.search",
    "compare": "petrel.commands.compare",
    "classify": "petrel.commands.classify",
    "optimize": "petrel.commands.optimize",
    "model": "petrel.commands.model",
    "worker": "petrel.commands.worker",
    "sources": "petrel.commands.checks.sources",
    "watchlist": "petrel.commands.checks.watchlist",
    "feed": "petrel.commands.feed",
    "poll": "petrel.commands.poll",
    "serve": "petrel.commands.serve",
    "replay": "petrel.commands.replay",
    "backtest": "petrel.commands.results.backtest",
    "detect": "petrel.commands.results.detect",
    "scored": "petrel.commands.results.scored",
    "windows": "petrel.commands.results.windows",
    "alerts": "petrel.commands.alerts",
    "status": "petrel.commands.status",
    "dlq": "petrel.commands.dlq",
    "shadow": "petrel.commands.shadow",
    "feedback": "petrel.commands.feedback",
    "config": "petrel.commands.worker",
}


class LazyGroup(Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of first use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command `name`, or None when there is none."""
        if name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[name]), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="petrel", message="petrel %(version)s")
def main() -> None:
    """Petrel (海燕) reads live financial news and posts, and says so when the mood turns negative.

    \b
    First steps:
      petrel demo              all of Petrel on this machine, in a few minutes
      petrel dev               a Kafka and a Redis to try it with
      petrel train             a model from the corpus that ships with Petrel
      petrel classify models/starter "Acme cuts its outlook once more"
      petrel worker            Kafka topics in, scores, windows and alerts out
      petrel scored --follow   what is scored, as it comes
      petrel alerts --follow   the alerts as they come

    Settings are read from the environment as PETREL_…; `petrel config` lists them all.
    """
