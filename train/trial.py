"""One trial of a sweep: the training of its settings, with each seed."""

from collections.abc import Callable

from transformers import set_seed

from detente.configs.schema import Config
from detente.configs.space import with_settings
from detente.data.dataset import Splits
from detente.models.predictor import Predictor
from detente.train.run import way_to_learn
from detente.train.run_folder import RunFolder
from detente.train.tracking import Tracker
from detente.train.trial_watcher import TrialWatcher


def train_seeds(
    config: Config, folder: RunFolder, splits: Splits, tracker: Tracker, watch: Callable[[int], TrialWatcher]
) -> tuple[dict[int, float], Predictor]:
    """Train with as many seeds as the sweep wants, as `detente train` does, but for the test file.

    The curves that are logged are those of the first seed, the config's own.

    Args:
        config: The config of the trial.
        folder: Where it trains; the checkpoints are removed.
        splits: The data.
        tracker: The run of the trial.
        watch: Makes the watcher of the training with the first, second, ... seed.

    Returns:
        The validation figure for each seed, and the model of the first one.
    """
    values: dict[int, float] = {}
    predictors: list[Predictor] = []
    for place in range(config.sweep.seeds):
        seeded, watcher = with_settings(config, {"seed": config.seed + place}), watch(place)
        set_seed(seeded.seed)
        learn = way_to_learn(seeded, watcher)
        predictors.append(learn(folder, splits, tracker if place == 0 else None))
        folder.remove_checkpoints()
        values[seeded.seed] = watcher.kept
        del predictors[1:]
    return values, predictors[0]
