"""Files that are written whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path that takes the place of `path` when the block ends well.

    The temporary file lies in the same folder, so that the final rename is atomic, and keeps the
    name's endings, so that writers that look at them (`.mtx.gz`) do the same as for `path`. If the
    block raises, the temporary file is removed and `path` is what it was before; if the process is
    killed, `path` is likewise untouched and a dotfile may stay behind. A link stays a link: what it
    points to is replaced. What is no file, a pipe or `/dev/null`, is written to at the end.

    Parameters
    ----------
    path : path-like
        The file to write or replace.

    Yields
    ------
    pathlib.Path
        An existing, empty file to write to.

    Raises
    ------
    OSError
        If the folder cannot be written to.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    given, path = path, Path(os.path.realpath(path))
    folder = path.parent if path.is_file() or not path.exists() else None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{os.getpid()}-", suffix=f"-{path.name}", dir=folder)
    except OSError as error:
        error.filename = os.fspath(given)  # the name that the caller knows
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if folder is None:
            with open(temporary, "rb") as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target)
            temporary.unlink()
            return
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        # mkstemp makes files only their owner can read; a result should follow the umask instead.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_bytes(path: str | os.PathLike, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all.

    Parameters
    ----------
    path : path-like
        The file to write or replace.
    data : bytes
        Its whole content.

    Raises
    ------
    OSError
        If the folder cannot be written to.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "a.bin"
    >>> write_bytes(target, b"whole")
    >>> target.read_bytes()
    b'whole'
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)
