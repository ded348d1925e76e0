#!/usr/bin/env python3
"""Measures the hot paths, and keeps their instruction counts from growing.

    bench.py            a line of JSON for each row: name, ns, instructions, allocations
    bench.py --check    fails when a row takes 5 % more instructions than Thresholds.json says
    bench.py --update   writes the counts of today into Thresholds.json

Time depends on the machine and its other work; the instructions that valgrind counts repeat to parts in a million, so
they are what is compared. Without valgrind, --check and --update fail, and `instructions` is null.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
THRESHOLDS = HERE / "Thresholds.json"
# What one pass of each row does: Inputs.count in bench's sources.
OPERATIONS = 512
ALLOWED = 0.05


def built() -> str:
    command = ["swift", "build", "-c", "release", "--product", "bench", "--package-path", str(HERE.parent)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    path = subprocess.run(command + ["--show-bin-path"], check=True, stdout=subprocess.PIPE, text=True)
    return os.path.join(path.stdout.strip(), "bench")


def times(program: str, names: list[str]):
    """The rows as they are measured without valgrind, one after the other."""
    with subprocess.Popen([program, *names], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode != 0:
        sys.exit(f"bench ended with {process.returncode}")


def instructions(program: str, names: list[str]) -> dict[str, float]:
    """The instructions of one operation of each row."""
    if shutil.which("valgrind") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        # Debian 12's valgrind stumbles over the debug information that clang writes.
        stripped = f"{folder}/bench"
        subprocess.run(["strip", "--strip-debug", "-o", stripped, program], check=True)
        command = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts",
            "--zero-before=measure_begin", "--dump-before=measure_end",
            stripped, "--marks", *names,
        ]
        # Swift seeds its hash tables at random, and where a table's entries lie changes how long the way to them is.
        environment = dict(os.environ, SWIFT_DETERMINISTIC_HASHING="1")
        run = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            sys.exit(run.stderr)
        counts: dict[str, int] = {}
        for number, name in enumerate(run.stdout.split(), start=1):
            text = pathlib.Path(folder, f"counts.{number}").read_text()
            total = re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)
            counts[name] = counts.get(name, 0) + int(total.group(1))
    return {name: round(count / OPERATIONS, 1) for name, count in counts.items()}


def check(now: dict[str, float]) -> bool:
    """Prints the table; whether no row has grown too much."""
    thresholds = json.loads(THRESHOLDS.read_text())
    is_good = True
    print(f"{'row':20}{'threshold':>12}{'now':>12}{'change':>9}")
    for name in sorted(thresholds.keys() | now.keys(), key=lambda name: list(now).index(name) if name in now else -1):
        if name not in now or name not in thresholds:
            print(f"{name:20}{thresholds.get(name, '-'):>12}{now.get(name, '-'):>12}  only on one side")
            is_good = False
            continue
        change = now[name] / thresholds[name] - 1
        remark = ""
        if change > ALLOWED:
            is_good = False
            remark = f"  more than {ALLOWED:.0%}: make it faster, or say why it is worth it and run --update"
        elif change < -ALLOWED:
            remark = "  better: run --update, so that it stays so"
        print(f"{name:20}{thresholds[name]:>12}{now[name]:>12}{change:>+9.1%}{remark}")
    return is_good


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the hot paths.")
    parser.add_argument("names", nargs="*", help="the rows; all of them when none is named")
    parser.add_argument("--check", action="store_true", help="compare instructions with Thresholds.json")
    parser.add_argument("--update", action="store_true", help="write Thresholds.json")
    parser.add_argument("--program", help="a bench that is built already")
    options = parser.parse_args()
    program = options.program or built()
    if not options.check and not options.update:
        counts = instructions(program, options.names)
        for row in times(program, options.names):
            allocations = row.pop("allocations")
            row |= {"instructions": counts.get(row["name"]), "allocations": allocations}
            print(json.dumps(row, separators=(",", ":")), flush=True)
        return
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not installed: apt-get install valgrind")
    counts = instructions(program, [])
    if options.update:
        THRESHOLDS.write_text(json.dumps(counts, indent=4) + "\n")
    if not check(counts):
        sys.exit(1)


main()
