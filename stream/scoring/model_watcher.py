"""Watches a model directory while a worker runs: loads what is activated, and hands it over."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from bundle.classifier import Classifier
from bundle.registry import FILE, Registry
from stream.scoring.model_trial import try_model

log = logging.getLogger(__name__)

# A poll reads one small file.
_POLL_SECONDS = 2.0

# What could not be loaded may only have been out of reach: tried again, but not so often that
# reading hundreds of megabytes takes the processor from the model at work.
_RETRY_SECONDS = 30.0


class ModelWatcher:
    """Watches the model directory `folder`, whose active bundle `classifier` is."""

    def __init__(self, folder: Path, classifier: Classifier, threads: int | None) -> None:
        self._registry = Registry(folder)
        self._classifier = classifier
        self._threads = threads

    async def follow(self, switch: Callable[[Classifier], None]) -> None:
        """Give `switch` each model that is activated; ends at once if `folder` is a bundle.

        Whatever is wrong with a new model is an error in the log: the one at work goes on.
        """
        if not (self._registry.folder / FILE).exists():
            return
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                loaded = await asyncio.to_thread(self._load_activated)
            except Exception as error:  # noqa: BLE001 - a model from outside must end no worker
                log.error(  # noqa: TRY400 - the sentence says it all
                    "model reload failed, keeping %s: %s", _named(self._classifier), error
                )
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if loaded:
                log.info("model %s replaces %s", _named(loaded), _named(self._classifier))
                self._classifier = loaded
                switch(loaded)

    def _load_activated(self) -> Classifier | None:
        if self._registry.active() in (None, self._classifier.version):
            return None
        loaded = Classifier.load(self._registry.folder, self._threads)
        try_model(loaded)
        return loaded


def _named(classifier: Classifier) -> str:
    return f"{classifier.name} {classifier.version}"
