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
RAW_INVOKE: Final = "raw RolePolicy, get_policy_document"
RAW_MANAGED: Final = "raw Policy and attachments"
MANAGED: Final = "SessionManagerManagedPolicy"

TITLE: Final = "First pulumi up, file backend: each component and the raw resources that it replaces"
# A colour for each kind of policy: a component is solid, the raw resources are dashed.
LINES: Final[Mapping[str, str]] = {RAW: "C0--", RAW_INVOKE: "C0:", ONE: "C0-", RAW_MANAGED: "C1--", MANAGED: "C1-"}

PROMISES: Final = (
    ("component to raw", ONE, RAW, 1, "up", 1.10),
    (f"{WRAPPER} to raw", WRAPPER, RAW, WRAPPED, "up", math.inf),
    ("component to raw", ONE, RAW, WRAPPED, "up", math.inf),
    ("fleet to raw attachments", MANAGED, RAW_MANAGED, 300, "up", 1.15),
    ("fleet to raw inline", MANAGED, RAW, 300, "up", 1.1),
    ("fleet to raw inline", MANAGED, RAW, 300, "changed document", 0.5),
)


class Bar(NamedTuple):
    """What is promised, what was measured, and in which unit; a time depends on the machine, and has no limit."""

    promise: str
    measured: float
    limit: float = math.inf
    unit: str = "times"

    @property
    def fails(self) -> bool:
        """Whether what was measured is over the limit."""
        return self.measured > self.limit

    @property
    def line(self) -> str:
        """The bar as a row of a table; a missed one is bold."""
        measured = f"**{self.measured:.2f}**" if self.fails else f"{self.measured:.2f}"
        limit = "" if math.isinf(self.limit) else f"{self.limit:g}"
        return f"| {self.promise} | {measured} {self.unit} | {limit} |"


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

    def bars(self) -> Iterator[Bar]:
        """Yield what is promised of the engine's time, as far as it was measured."""
        for promise, way, base, roles, operation, limit in PROMISES:
            if roles in self.sizes:
                yield Bar(f"{operation}, {roles}: {promise}", self.ratio(way, base, roles, operation), limit)


WHY: Final = """\
The engine writes the whole state at each step, so the time grows with the square of the state: 50 components have no
limit. From YAML, the engine starts the plugin twice, which costs half a second with any plugin in Python."""


def table(results: Results, bars: Sequence[Bar], memory: Mapping[int, float], versions: str) -> str:
    """Return everything as Markdown."""
    lines = [
        "# What a component costs",
        "",
        f"Written by `make bench`: {versions}. Medians of rounds on the sandbox's engine with a file backend.",
        "*Raw* is pulumi-aws alone; *empty* only declares it. Bold: over the limit.",
        "",
        "| command, roles: what is compared | measured | limit |",
        "|---|---|---|",
        *(bar.line for bar in bars),
        "",
        WHY,
        "",
        f"Peak memory: {', '.join(f'{mib:.0f} MiB with {number:,} components' for number, mib in memory.items())}.",
        "",
        f"![{TITLE}](results.svg)",
        "",
        *_seconds(results),
    ]
    return "\n".join(lines) + "\n"


def _seconds(results: Results) -> Iterator[str]:
    """Yield the table of the largest number of roles: what each way takes for each operation."""
    most = results.sizes[-1]
    yield f"| seconds, {most} roles | {' | '.join(OPERATIONS)} |"
    yield "|---" * (len(OPERATIONS) + 1) + "|"
    for way in results.ways:
        yield f"| {way} | {' | '.join(f'{results.seconds(way, most, each):.2f}' for each in OPERATIONS)} |"


def plot(results: Results, file: Path) -> None:
    """Draw the time of `pulumi up` by number of roles: a colour for each kind of policy, solid for components."""
    # As paths, letters are as wide as they were measured, so the legend's box holds them in every viewer.
    mpl.rcParams.update({"svg.hashsalt": "results", "svg.fonttype": "path"})
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    for way in results.ways:
        times = [results.seconds(way, size, "up") for size in results.sizes]
        axes.plot(results.sizes, times, LINES[way], marker="o", label=way)
    axes.set(xscale="log", yscale="log", xlabel="roles", ylabel="seconds", title=TITLE)
    axes.set_xticks(results.sizes, [str(size) for size in results.sizes])
    axes.minorticks_off()
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(file, metadata={"Date": None})
