"""What a run is asked to do: one typed tree, read from TOML, from run.json and from `key=value`."""

from grok_tui.config.custom import why_no_function
from grok_tui.config.models import (
    MLP,
    CustomModel,
    GaussianProcess,
    Model,
    QuantumCircuit,
    Transformer,
)
from grok_tui.config.numbers import LastStep
from grok_tui.config.optimizers import (
    LIVE_KEYS,
    SGD,
    Adam,
    AdamW,
    Filter,
    GrokfastEMA,
    GrokfastMA,
    NoFilter,
    Optimizer,
)
from grok_tui.config.presets import is_neutral, load_preset, preset_names, to_toml
from grok_tui.config.settings import Checkpoint, Complexity, Config, Expected, Log, Preset, Source
from grok_tui.config.tasks import (
    CustomTask,
    ModularTask,
    ParityTask,
    PermutationTask,
    Task,
    TeacherStudentTask,
)
from grok_tui.config.tree import Tree, change, keys, parse_tree, to_tree

__all__ = [
    "LIVE_KEYS",
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "Checkpoint",
    "Complexity",
    "Config",
    "CustomModel",
    "CustomTask",
    "Expected",
    "Filter",
    "GaussianProcess",
    "GrokfastEMA",
    "GrokfastMA",
    "LastStep",
    "Log",
    "Model",
    "ModularTask",
    "NoFilter",
    "Optimizer",
    "ParityTask",
    "PermutationTask",
    "Preset",
    "QuantumCircuit",
    "Source",
    "Task",
    "TeacherStudentTask",
    "Transformer",
    "Tree",
    "change",
    "is_neutral",
    "keys",
    "load_preset",
    "parse_tree",
    "preset_names",
    "to_toml",
    "to_tree",
    "why_no_function",
]
