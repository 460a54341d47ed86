from __future__ import annotations

from pathlib import Path

import torch

from grok_tui.config import TextTask
from grok_tui.training.dataset import Dataset
from grok_tui.training.tasks.text import most_frequent, occurrences, text


def dataset(folder: Path, seed: int = 0) -> Dataset:
    rows = [f"w{number} {'good' if number % 2 else 'bad'},{number % 2}" for number in range(30)]
    (folder / "a.csv").write_text("\n".join(["text,label", *rows]))
    task = TextTask(data=str(folder / "a.csv"), train_size=10, words=12)
    return text(task, torch.Generator().manual_seed(seed))


def test_the_words_in_most_texts_count() -> None:
    texts = [{"b", "a"}, {"b", "c"}, {"d", "c", "b"}]
    assert most_frequent(texts, 2) == ["b", "c"]


def test_of_equal_words_the_first_by_the_alphabet_count() -> None:
    assert most_frequent([set("zyxwvutsrq"), set("abcdefghij")], 5) == list("abcde")


def test_inputs_say_which_words_occur() -> None:
    found = occurrences([{"a", "z"}, set(), {"c", "a"}], ["c", "a", "b"])
    assert found.tolist() == [[0, 1, 0], [0, 0, 0], [1, 1, 0]]


def test_only_training_texts_decide_which_words_count(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    assert (len(data.train), len(data.test), data.outputs) == (10, 20, 2)
    # Each text has a word of its own: of the 12 words, 10 are of one training text each.
    assert sorted(data.train.inputs.sum(dim=0).tolist())[:10] == [1.0] * 10
    assert data.train.inputs.sum(dim=1).tolist() == [2.0] * 10
    assert data.test.inputs.sum(dim=1).tolist() == [1.0] * 20


def test_labels_stay_with_their_texts_and_the_seed_decides(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    for split in (data.train, data.test):
        word = split.inputs[split.targets == 1].all(dim=0)
        assert not split.inputs[split.targets == 0][:, word].any()
        assert int(word.sum()) == 1
    assert torch.equal(data.train.targets, dataset(tmp_path).train.targets)
    assert not torch.equal(data.train.targets, dataset(tmp_path, seed=2).train.targets)
