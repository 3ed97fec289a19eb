"""From samples to a table, the bars and a plot."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.engine import OPERATIONS, Sample
from benchmarks.ways import WAYS, WRAPPED, WRAPPER

RAW: Final = "raw RolePolicy"
ONE: Final = "SessionManagerPermissions"
RAW_MANAGED: Final = "raw Policy and attachments"
MANAGED: Final = "SessionManagerManagedPolicy"

FEW: Final = 10
PROMISES: Final = (
    ("component to raw", ONE, RAW, 1, "up", 1.10),
    (f"{WRAPPER} to raw", WRAPPER, RAW, WRAPPED, "up", math.inf),
    ("component to raw", ONE, RAW, 50, "up", 1.6),
    ("managed to raw attachments", MANAGED, RAW_MANAGED, 300, "up", 1.15),
    ("managed to raw inline", MANAGED, RAW, 300, "up", 1.1),
    ("managed to raw inline", MANAGED, RAW, 300, "changed document", 0.5),
)


class Bar(NamedTuple):
    """What is promised, what was measured, and in which unit; what is there to compare with has no limit."""

    promise: str
    measured: float
    limit: float
    unit: str = "times"

    @property
    def line(self) -> str:
        """The bar as a row of a table."""
        if math.isinf(self.limit):
            return f"| {self.promise} | | {self.measured:.2f} {self.unit} | |"
        verdict = "met" if self.measured <= self.limit else "**missed**"
        return f"| {self.promise} | {self.limit:g} {self.unit} | {self.measured:.2f} {self.unit} | {verdict} |"


class Results:
    """The medians of all samples; `ways` are those that were measured with every number of roles."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        """Keep the samples."""
        self._samples = samples
        self.sizes = sorted({sample.roles for sample in samples})
        self.ways = [way for way in WAYS if all(self.of(way, size, "up") for size in self.sizes)]

    def of(self, way: str, roles: int, operation: str) -> list[Sample]:
        """Return the samples of one cell."""
        return [each for each in self._samples if (each.way, each.roles, each.operation) == (way, roles, operation)]

    def seconds(self, way: str, roles: int, operation: str) -> float:
        """Return the median time of one cell."""
        return statistics.median(each.seconds for each in self.of(way, roles, operation))

    def ratio(self, way: str, base: str, roles: int, operation: str = "up") -> float:
        """Return the median of the ratios round by round, in which both met the same disturbances."""
        pairs = zip(self.of(way, roles, operation), self.of(base, roles, operation), strict=True)
        return statistics.median(one.seconds / other.seconds for one, other in pairs)

    def exponent(self, way: str, operation: str) -> float:
        """Return how the time grows from 10 roles on: 1 is proportional to them, 2 to their square."""
        sizes = [size for size in self.sizes if size >= FEW]
        if not sizes[1:]:
            return math.nan
        times = [math.log(self.seconds(way, size, operation)) for size in sizes]
        return statistics.linear_regression([math.log(size) for size in sizes], times).slope

    def bars(self) -> Iterator[Bar]:
        """Yield what is promised of the engine's time, as far as it was measured."""
        for promise, way, base, roles, operation, limit in PROMISES:
            if roles in self.sizes:
                yield Bar(f"roles: {roles}, {operation}: {promise}", self.ratio(way, base, roles, operation), limit)


WHY: Final = """\
With a file backend, the engine writes the whole state at each step of each resource. The time of `up` therefore grows
with the square of the state. A component is a second registration, and a third step for its outputs: a component that
does nothing but declare an ordinary RolePolicy takes as long as ours. For many roles, take
`SessionManagerManagedPolicy`, which is one component for all of them.

From YAML, the engine starts the plugin twice, the first time for its schema. Each start imports Pulumi's SDK. Both take
half a second together, once Python has compiled the SDK. A component of any plugin in Python costs that."""


def table(results: Results, bars: Sequence[Bar], memory: Mapping[int, float], versions: str) -> str:
    """Return everything as Markdown."""
    lines = [
        "# What a component costs",
        "",
        f"Written by `make bench`: {versions}. Medians of interleaved rounds on the engine in the sandbox, with a file",
        "backend; seconds of the engine's own command. Ratios are medians of the ratios within a round.",
        "",
        "| promise | bar | measured | |",
        "|---|---|---|---|",
        *(bar.line for bar in bars),
        "",
        WHY,
        "",
        *(
            f"Peak memory of a program with {number:,} components under mocks: {mib:.0f} MiB."
            for number, mib in memory.items()
        ),
        "",
        "![Time of `pulumi up` by number of roles](results.svg)",
    ]
    for operation in OPERATIONS:
        lines += ["", f"## {operation}", "", *_rows(results, operation)]
    return "\n".join(lines) + "\n"


def _rows(results: Results, operation: str) -> Iterator[str]:
    sizes = " | ".join(f"{size}" for size in results.sizes)
    yield f"| seconds (AWS writes) by roles | {sizes} | grows as n^ | resources, state at {results.sizes[-1]} |"
    yield "|---" * (len(results.sizes) + 3) + "|"
    for way in results.ways:
        cells = [
            f"{results.seconds(way, size, operation):.2f} ({results.of(way, size, operation)[0].writes})"
            for size in results.sizes
        ]
        last = results.of(way, results.sizes[-1], operation)[0]
        end = f"{results.exponent(way, operation):.2f} | {last.resources}, {last.state_bytes / 1024:.0f} KiB"
        yield f"| {way} | {' | '.join(cells)} | {end} |"


def plot(results: Results, file: Path) -> None:
    """Draw the time of `pulumi up` over the number of roles, a line for each way."""
    mpl.rcParams.update({"svg.hashsalt": "results", "svg.fonttype": "none"})
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    for way in results.ways:
        times = [results.seconds(way, size, "up") for size in results.sizes]
        axes.plot(results.sizes, times, marker="o", label=f"{way} (n^{results.exponent(way, 'up'):.2f})")
    axes.set(xscale="log", yscale="log", xlabel="roles", ylabel="seconds", title="First `pulumi up`, file backend")
    axes.set_xticks(results.sizes, [str(size) for size in results.sizes])
    axes.minorticks_off()
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(file, metadata={"Date": None})
