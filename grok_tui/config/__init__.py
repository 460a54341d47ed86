"""What a run is asked to do: one typed tree, read from TOML, from run.json and from `key=value`."""

from grok_tui.config.compiler import why_no_compiler
from grok_tui.config.custom import why_no_function
from grok_tui.config.data import with_absolute_data
from grok_tui.config.models import (
    CNN,
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
    Muon,
    NoFilter,
    Optimizer,
)
from grok_tui.config.presets import is_neutral, load_preset, preset_names, to_toml
from grok_tui.config.seeds import parse_seeds, why_not_together
from grok_tui.config.settings import (
    Checkpoint,
    Complexity,
    Config,
    Expected,
    Log,
    Preset,
    Regularization,
    Source,
)
from grok_tui.config.tasks import (
    CustomTask,
    ImagesTask,
    ModularTask,
    ParityTask,
    PermutationTask,
    Task,
    TeacherStudentTask,
    TextTask,
    ToyAdditionTask,
)
from grok_tui.config.tree import Tree, change, keys, parse_tree, to_tree

__all__ = [
    "CNN",
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
    "ImagesTask",
    "LastStep",
    "Log",
    "Model",
    "ModularTask",
    "Muon",
    "NoFilter",
    "Optimizer",
    "ParityTask",
    "PermutationTask",
    "Preset",
    "QuantumCircuit",
    "Regularization",
    "Source",
    "Task",
    "TeacherStudentTask",
    "TextTask",
    "ToyAdditionTask",
    "Transformer",
    "Tree",
    "change",
    "is_neutral",
    "keys",
    "load_preset",
    "parse_seeds",
    "parse_tree",
    "preset_names",
    "to_toml",
    "to_tree",
    "why_no_compiler",
    "why_no_function",
    "why_not_together",
    "with_absolute_data",
]
