"""Files written once must decode for ever, on every machine, and adaptive ones be written the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from golden.make import FOLDER, GOLDEN, VERSION_1, VERSION_2, source
from netwithin.codec import decode, info
from netwithin.codec.experts import siren

DIGESTS = json.loads((FOLDER / "digests.json").read_text())
# Written by integers alone: compressors of the standard library may differ between machines.
WRITTEN = ["nothing", "everything", "panel-ring", "causal-club", "causal-bipartite", "causal-picture"]
WRITTEN += ["sparse-club", "sparse-bipartite"]

DECODE_ALL = """
import json, pathlib, sys
from netwithin.codec import decode
folder = pathlib.Path(sys.argv[1])
print(json.dumps({file.stem: decode(file.read_bytes()).digest().hex() for file in folder.glob("*.nwn")}))
"""


def test_there_is_a_file_for_every_name():
    assert {file.stem for file in FOLDER.glob("*.nwn")} == set(GOLDEN) == set(DIGESTS)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_files_decode(name):
    data = (FOLDER / f"{name}.nwn").read_bytes()
    assert info(data)["format_version"] == (1 if name in VERSION_1 else 2)
    graph = decode(data)
    assert graph == source(name)
    assert graph.digest().hex() == DIGESTS[name]


@pytest.mark.parametrize("name", WRITTEN)
def test_adaptive_files_are_written_byte_for_byte(name):
    assert VERSION_2[name][1](source(name)) == (FOLDER / f"{name}.nwn").read_bytes()


@pytest.mark.parametrize("block", [1, 7])
def test_a_network_may_run_on_any_number_of_pairs_at_once(monkeypatch, block):
    monkeypatch.setattr(siren, "BLOCK", block)
    monkeypatch.setattr(siren, "_row_logits", siren._row_logits.py_func)  # compiled code has its own copy
    data = (FOLDER / "ring-siren.nwn").read_bytes()
    assert decode(data).digest().hex() == DIGESTS["ring-siren"]


@pytest.mark.parametrize(
    "setting",
    [
        {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        {"NUMBA_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Prescott"},
        {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
        {"NUMBA_DISABLE_JIT": "1"},
    ],
    ids=["1 thread", "2 threads, old BLAS", "old CPU", "no compiler"],
)
def test_golden_files_decode_alike_elsewhere(setting, tmp_path):
    """No compiler at all: plain Python integers, which cannot overflow, agree with 64 bits."""
    environment = {**os.environ, **setting, "NUMBA_CACHE_DIR": str(tmp_path)}
    program = [sys.executable, "-c", DECODE_ALL, str(Path(FOLDER))]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == DIGESTS
