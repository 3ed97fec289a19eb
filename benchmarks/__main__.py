"""`make bench`: measures, and writes `results.md`, `results.svg` and the samples beside this file."""

import argparse
import dataclasses
import importlib.metadata
import json
import sys
from pathlib import Path

from benchmarks import checks, engine, plugin, python, report
from sandbox import Sandbox

HERE = Path(__file__).parent
ROUNDS = {1: 7, 10: 3, 50: 5, 100: 3, 300: 5}


def main() -> int:
    """Measure for at most so many minutes, and say what came of it; return 1 if a ratio is over its limit."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--minutes", type=float, default=37, help="after these no further round begins")
    parser.add_argument("--sizes", default=",".join(map(str, ROUNDS)), help="numbers of roles")
    parser.add_argument("--rounds", type=int, default=9, help="at most so many rounds for each")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the results go")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    plan = {int(size): min(asked.rounds, ROUNDS.get(int(size), asked.rounds)) for size in asked.sizes.split(",")}
    bars = [
        report.Bar("import, beside `pulumi_aws.iam`", python.import_ms(), unit="ms"),
        report.Bar("one document", python.document_us(), unit="µs"),
    ]
    memory = {number: python.peak_mib(number) for number in (1, 1000)}
    with Sandbox(timeout=600, yaml=True) as box:
        for promised in (checks, plugin):
            if max(plan) >= promised.ROLES:
                bars += promised.bars(box)
                box.reset()
        samples = list(engine.rounds(box, plan, asked.minutes, lambda line: print(line, flush=True)))
    results = report.Results(samples)
    bars = [*results.bars(), *bars]
    text = report.table(results, bars, memory, _versions())
    asked.folder.joinpath("results.md").write_text(text)
    rows = [dataclasses.asdict(sample) for sample in samples]
    asked.folder.joinpath("results.json").write_text(json.dumps(rows, indent=0) + "\n")
    report.plot(results, asked.folder / "results.svg")
    missed = [bar.line for bar in bars if bar.fails]
    print(text, *(["Over the limit:", *missed] if missed else []), sep="\n")
    return 1 if missed else 0


def _versions() -> str:
    names = ("pulumi-ssm-perms", "pulumi", "pulumi-aws")
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


if __name__ == "__main__":
    sys.exit(main())
