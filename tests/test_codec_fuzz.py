"""Damaged and forged files, by the script that makes twenty thousand of them; killed encoders."""

import importlib.util
import subprocess
import sys
import time
from pathlib import Path
from zlib import compress, crc32

import pytest

from netwithin.codec import FormatError, decode, info
from netwithin.codec.container import varint

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def _script(name):
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_three_hundred_mutations_end_well():
    script = _script("fuzz_codec")
    cases = [case for _, case in script.fuzz(script.sources(), 300, seed=1)]
    assert [case for case in cases if not script.is_good(case)] == []
    past = [case for case in cases if case.sealed and "checksum" not in case.reason]
    assert len(past) > 100  # the damage got behind the checksum
    assert {case.outcome for case in cases} == {"refused", "exact"}


def test_the_script_knows_a_bad_end_when_it_sees_one(monkeypatch):
    script = _script("fuzz_codec")
    files = script.sources()

    def broken(data, *limits):
        raise KeyError(data[:4])

    good = script.decode(files[0])
    monkeypatch.setattr(script, "decode", lambda data, *limits: good if data in files else broken(data))
    cases = [case for _, case in script.fuzz(files, 60, seed=2)]
    assert any(case.outcome == "KeyError" and not script.is_good(case) for case in cases)


def _sealed(*parts: bytes) -> bytes:
    body = b"NWN\1" + b"".join(parts)
    return body + crc32(body).to_bytes(4, "little")


FORGED = {
    "2**60 nodes without edges": [b"\0", varint(1 << 60), varint(0), b"abcd", b"\x09\0"],
    "2**69 edges": [b"\0", varint(5), varint(1 << 69), b"abcd", b"\x09\0"],
    "a number without end": [b"\0", b"\xff" * 30],
    "a complete graph above the limit": [
        b"\0",
        varint(1 << 19),
        varint((1 << 18) * ((1 << 19) - 1)),
        b"abcd\x09\0",
    ],
    "kind 3": [b"\3", varint(5), varint(3), b"abcd\x09\1\1\0", b"code"],
    "a payload longer than the file": [b"\0", varint(5), varint(3), b"abcd\x09\1\1", varint(1 << 40)],
    "no experts": [b"\0", varint(5), varint(3), b"abcd\x09\0", b"code"],
    "loops in a bipartite graph": [b"\6", varint(5), varint(5), varint(3), b"abcd\x09\1\1\0", b"code"],
    "labels that inflate without end": [
        b"\x10",
        varint(5),
        varint(0),
        b"abcd\x09\0",
        varint(1 << 34),
        varint(len(compress(bytes(1 << 20)))),
        compress(bytes(1 << 20)),
    ],
    "labels that are no UTF-8": [
        b"\x10",
        varint(1),
        varint(0),
        b"abcd\x09\0",
        varint(2),
        varint(2),
        b"\1\xff",
    ],
    "a label of 70 bits": [b"\x08", varint(1), varint(0), b"abcd\x09\0", b"\x0a\x0a" + b"\xff" * 9 + b"\x7f"],
    "labels twice the same": [b"\x08", varint(2), varint(0), b"abcd\x09\0", b"\2\2\2\0"],
    "a code where none is needed": [b"\0", varint(5), varint(0), b"abcd\x09\0", b"\1"],
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_files_are_refused_at_once(name):
    start = time.process_time()
    with pytest.raises(FormatError):
        decode(_sealed(*FORGED[name]))
    assert time.process_time() - start < 10  # compiling included; what is announced would take for ever
    try:
        info(_sealed(*FORGED[name]))
    except FormatError:
        pass


def test_more_tiles_than_can_be_counted_are_refused():
    body = b"NWN\2\0" + varint(1 << 50) + varint(3) + b"abcd\1" + varint(1)
    with pytest.raises(FormatError, match="tiles"):
        info(body + crc32(body).to_bytes(4, "little"))


def test_a_forged_giant_is_refused_without_its_memory():
    """In a process of its own, whose peak memory nothing else has raised."""
    program = """
import resource, sys
from netwithin.codec import FormatError, decode
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for line in sys.stdin:
    try:
        decode(bytes.fromhex(line))
        sys.exit("decoded")
    except FormatError:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    files = "\n".join(_sealed(*parts).hex() for parts in FORGED.values())
    done = subprocess.run([sys.executable, "-c", program], input=files, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 64 * 1024  # KiB


@pytest.mark.slow
def test_killed_encoders_leave_nothing_broken():
    script = _script("kill_encode")
    ends = script.trial(kills=10, nodes=4000, seed=1)
    assert all(script.is_good(overwriting, end) for _, overwriting, end in ends), ends
