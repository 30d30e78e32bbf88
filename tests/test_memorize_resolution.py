"""Shared coordinates, against a search through every number of nodes."""

import numpy as np
import pytest
import torch

from netwithin.memorize import resolution


@pytest.mark.parametrize("limit", [1.0, 5.0, 10.0, None])
@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_the_first_is_found_by_trying_all(limit, name):
    dtype = resolution.FORMATS[name]

    def any_shared(nodes):
        exact = np.arange(nodes) if limit is None else np.linspace(-limit, limit, nodes)
        rounded = torch.from_numpy(exact.astype(float)).to(dtype)
        return bool((rounded[1:] == rounded[:-1]).any())

    found = resolution.first_shared(limit, dtype)
    assert any_shared(found)
    assert not any(any_shared(nodes) for nodes in range(2, found, 1 if name == "bfloat16" else 7))
    assert not any(any_shared(nodes) for nodes in range(max(2, found - 50), found))


def test_node_numbers_meet_after_the_last_exact_integer():
    assert resolution.first_shared(None, torch.float32) == 2**24 + 2
    assert resolution.shared(2**24 + 1, None, torch.float32) == 0
    assert resolution.shared(1, 1.0, torch.float16) == 0
