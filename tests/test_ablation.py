"""The scripts that record what experts and widths are worth: rows, exactness, what is skipped."""

import importlib.util
from pathlib import Path

import pytest

from netwithin import graphs

FOLDER = Path(__file__).parents[1] / "benchmarks"


def script(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ablation(monkeypatch, tmp_path):
    monkeypatch.setenv("NETWITHIN_RESULTS", str(tmp_path))
    module = script("record_ablation")
    monkeypatch.setattr(module, "TRAINED_PAIRS", 0)
    return module


def test_every_panel_is_an_exact_file(ablation):
    metrics = ablation.ablate("les-miserables")
    assert set(metrics) == {"nodes", "edges", "pairs", *ablation.COLUMNS}
    assert all(metrics["exact"])
    sizes = dict(zip(metrics["panel"], metrics["bytes"], strict=True))
    assert sizes["all adaptive"] < sizes["density alone"]
    assert sizes["all adaptive"] < sizes["all adaptive, given order, shuffled labels"]
    assert {f"without {name}" for name in ablation.ADAPTIVE} <= set(sizes)


def test_every_width_of_a_weight_is_an_exact_file():
    module = script("record_widths")
    graph = graphs.newman_watts_strogatz(30, 0.25)
    metrics = module.measure(graph, module.Preset(1, 2, (4, 8), 20, 5), seed=0)
    assert metrics["exact"] == [True, True] and metrics["weights"] == 2 * 2 + 2 + 2
    assert all(model < file for model, file in zip(metrics["model_bytes"], metrics["bytes"], strict=True))
