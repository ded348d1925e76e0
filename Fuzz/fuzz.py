#!/usr/bin/env python3
"""Runs the fuzz targets, each for a while, on all inputs that the tests have as seeds.

    fuzz.py [TARGET…]         message, framer, uri, digest, core; all of them when none is named
    FUZZ_SECONDS=600 fuzz.py  how long each runs; 60 when not said

A find is written to Finds/TARGET and ends the run of its target. Once it is fixed it belongs to the tests: move it to
fuzz-finds/TARGET in the Fixtures of SIPCoreTests, one of core in those of ScenarioTests; there it is tried again in every run.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "Tests" / "SIPCoreTests" / "Fixtures"
PROGRAMS = HERE.parent / "Tests" / "ScenarioTests" / "Fixtures"
TARGETS = ["message", "framer", "uri", "digest", "core"]


def built() -> pathlib.Path:
    command = [
        "swift", "build", "-c", "release", "--package-path", str(HERE),
        # The first leaves `main` to libFuzzer; the second adds the address sanitizer, which as a --sanitize flag of its own
        # would cost the coverage that libFuzzer goes by.
        "--sanitize=fuzzer", "-Xswiftc", "-sanitize=fuzzer,address",
    ]
    subprocess.run(command, check=True)
    path = subprocess.run(command + ["--show-bin-path"], check=True, stdout=subprocess.PIPE, text=True)
    return pathlib.Path(path.stdout.strip())


def messages() -> list[bytes]:
    files = sorted(path for path in FIXTURES.rglob("*") if path.suffix in (".dat", ".sip"))
    return [path.read_bytes() for path in files if "fuzz-finds" not in path.parts]


def seeds(target: str) -> set[bytes]:
    """What a target begins with: messages, or what of them it reads."""
    if target == "core":
        return {path.read_bytes() for folder in ("programs", "fuzz-finds/core") for path in (PROGRAMS / folder).glob("*")}
    found = {path.read_bytes() for path in (FIXTURES / "fuzz-finds" / target).glob("*") if path.is_file()}
    everything = messages()
    if target == "message":
        return found | set(everything)
    if target == "framer":
        # The first byte chooses the parts; a stream holds several messages.
        return found | {b"\x07" + one + b"\r\n\r\n" + other for one, other in zip(everything, everything[1:])}
    if target == "uri":
        uris = {uri for text in everything for uri in re.findall(rb"(?:sips?|tel):[^\s<>,]+", text)}
        return found | uris | {uri + b"\n" + uri.upper() for uri in uris}
    header = rb"(?im)^(?:(?:proxy-|www-)?(?:authorization|authenticate)|authentication-info) *: *((?:.|\n[ \t])*?)\r?$"
    return found | {value for text in everything for value in re.findall(header, text)}


def run(program: pathlib.Path, target: str, seconds: int) -> bool:
    """Whether nothing was found."""
    corpus = HERE / ".corpus" / target
    finds = HERE / "Finds" / target
    corpus.mkdir(parents=True, exist_ok=True)
    finds.mkdir(parents=True, exist_ok=True)
    for seed in seeds(target):
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    # Swift keeps memory for the process's life that the leak detector does not know; its backtraces of a trap may hang.
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0", SWIFT_BACKTRACE="enable=no")
    result = subprocess.run(
        [
            str(program / f"fuzz-{target}"), str(corpus), f"-artifact_prefix={finds}/",
            f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", "-print_final_stats=1",
            f"-dict={HERE / 'sip.dict'}",
        ],
        env=environment, stderr=subprocess.PIPE, text=True, errors="replace")
    runs = re.search(r"stat::number_of_executed_units: (\d+)", result.stderr)
    if runs:
        print(f"{target}: {runs.group(1)} inputs in {seconds} s", flush=True)
    if result.returncode == 0 and runs:
        return True
    print("\n".join(result.stderr.splitlines()[-40:]))
    print(f"{target}: the input is in {finds}")
    return False


def main() -> None:
    targets = sys.argv[1:] or TARGETS
    if unknown := set(targets) - set(TARGETS):
        sys.exit(f"{', '.join(unknown)}: no such target; there are {', '.join(TARGETS)}")
    seconds = int(os.environ.get("FUZZ_SECONDS", "60"))
    program = built()
    if not all([run(program, target, seconds) for target in targets]):
        sys.exit(1)


main()
