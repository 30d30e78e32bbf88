"""Kill `netwithin encode` at random moments: `python benchmarks/kill_encode.py --help`.

The target must then be absent or whole; where an older file lay there, the old one or the new one, never
a mixture. Half of the moments lie anywhere in the run, half in its last tenth, when the file is written.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from netwithin.graphs import erdos_renyi, write

OLD = b"an older file, which must stay whole " * 100


def command(graph: Path, target: Path) -> list[str]:
    """The command line that is killed."""
    options = ["-o", str(target), "--predictor", "density+distance"]
    return [sys.executable, "-m", "netwithin.cli", "encode", str(graph), *options]


def killed(graph: Path, target: Path, moment: float, new: bytes) -> str:
    """Kill the command at a moment, in seconds; "absent", "old", "new" or "broken"."""
    process = subprocess.Popen(command(graph, target), stdout=subprocess.DEVNULL)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.kill()  # SIGKILL
        process.wait()
    if not target.exists():
        return "absent"
    return {new: "new", OLD: "old"}.get(target.read_bytes(), "broken")


def trial(kills: int, nodes: int, seed: int) -> list[tuple[float, bool, str]]:
    """Kill so many runs; for each the moment, whether an older file lay there, and what lies there then."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        graph, target = Path(folder) / "graph.npz", Path(folder) / "graph.nwn"
        write(erdos_renyi(nodes, 0.05), graph)
        start = time.perf_counter()
        subprocess.run(command(graph, target), check=True, stdout=subprocess.DEVNULL)
        whole = time.perf_counter() - start
        new = target.read_bytes()
        ends = []
        for k in range(kills):
            target.unlink()
            if k % 2:
                target.write_bytes(OLD)
            moment = whole * (rng.random() if k % 4 < 2 else rng.uniform(0.9, 1.0))
            ends.append((moment, bool(k % 2), killed(graph, target, moment, new)))
            target.touch()
    return ends


def main(
    kills: Annotated[int, typer.Option(help="How many runs to kill.")] = 20,
    nodes: Annotated[int, typer.Option(help="Of the graph, an Erdos-Renyi one at density 0.05.")] = 5000,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 0,
) -> None:
    """Kill the encoder and look what it leaves behind."""
    ends = trial(kills, nodes, seed)
    for moment, overwriting, end in ends:
        print(
            f"killed after {moment:5.2f} s, {'over an old file' if overwriting else 'no file before'}: {end}"
        )
    print(dict(Counter(end for *_, end in ends)))
    raise typer.Exit(not all(is_good(overwriting, end) for _, overwriting, end in ends))


def is_good(overwriting: bool, end: str) -> bool:
    """Whether a killed run left the target as it should."""
    return end == "new" or end == ("old" if overwriting else "absent")


if __name__ == "__main__":
    typer.run(main)
