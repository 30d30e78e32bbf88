"""The chapters' sources: MyST text notebooks under `notebooks/`, read by papermill as if they were `.ipynb`.

papermill chooses its reader by the prefix of the path, from the entry points `papermill.io`. With
`HANDLER` registered there for `notebooks/`, this works as typed in the checkout's folder::

    papermill notebooks/06-memorising-with-siren.md out.ipynb -p nodes 60
    papermill --help-notebook notebooks/06-memorising-with-siren.md

`python -m netwithin.notebooks FILE...` checks sources and says what is wrong with them.
"""

import ast
import os
import re
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path

_KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
_PARAMETER = re.compile(r"^(?P<name>\w+)\s*(?P<type>:[^=]+)?=[^#]+(?P<comment>#\s*\S.*)?$")


def read(path: str | os.PathLike):
    """Read a chapter's source as a notebook without outputs.

    Parameters
    ----------
    path : path-like
        A MyST text notebook (`.md`), or an `.ipynb`, which is read as it is.

    Returns
    -------
    nbformat.NotebookNode
        The notebook, format 4. It has a kernelspec even where the source names none.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    import jupytext

    path = Path(path)
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="ipynb" if path.suffix == ".ipynb" else "md:myst")
    if not notebook.metadata.get("kernelspec"):
        notebook.metadata["kernelspec"] = dict(_KERNELSPEC)
    notebook.metadata["kernelspec"].setdefault("language", "python")
    return notebook


def parameters(path: str | os.PathLike) -> dict[str, str | None]:
    """Say which parameters a chapter has.

    Parameters
    ----------
    path : path-like
        The chapter's source.

    Returns
    -------
    dict
        The type that the cell tagged `parameters` annotates, as text, by the parameter's name; None without
        an annotation.
    """
    tagged = [cell.source for cell in read(path).cells if "parameters" in cell.metadata.get("tags", [])]
    found = {}
    for line in ast.parse("\n".join(tagged)).body:
        if isinstance(line, ast.AnnAssign):
            found[ast.unparse(line.target)] = ast.unparse(line.annotation)
        elif isinstance(line, ast.Assign):
            found |= {ast.unparse(target): None for target in line.targets}
    return found


def say(**values) -> None:
    """Hand computed values to a chapter's text, where the role `glue:text` shows them.

    Parameters
    ----------
    **values : str, int or dict
        By name, formatted as the text is to show them; a record, which the text does not show, as it is.
    """
    from myst_nb import glue

    for name, value in values.items():
        glue(name, value, display=False)


def listed(names: Iterable) -> str:
    """Names as a sentence has them: with commas, and "and" before the last.

    Examples
    --------
    >>> listed(["ER", "SNIP", "SynFlow"])
    'ER, SNIP and SynFlow'
    >>> listed(["ER"])
    'ER'
    """
    *rest, last = [str(name) for name in names] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def counted(number: int, one: str, many: str) -> str:
    """A number and what it counts, in the singular for one.

    Examples
    --------
    >>> counted(1, "wrong entry", "wrong entries"), counted(1200, "wrong entry", "wrong entries")
    ('1 wrong entry', '1,200 wrong entries')
    """
    return f"{number:,} {one if number == 1 else many}"


class TextNotebookHandler:
    """What papermill wants of a reader: `read`, `write`, `listdir` and `pretty_path`."""

    def __init__(self):
        # papermill warns of every path that does not end in .ipynb, though it then reads it through here.
        warnings.filterwarnings(
            "ignore", message=r"The specified file \((\./)?notebooks/.*\.md\)", module=r"papermill\.iorw"
        )

    def read(self, path: str) -> str:
        """Return the notebook at `path` as the JSON text of an `.ipynb`."""
        import nbformat

        return nbformat.writes(read(path))

    def write(self, buf: str, path: str):
        """Refuse: sources carry no outputs."""
        from papermill.exceptions import PapermillException

        raise PapermillException(
            f"{path} was not written: notebooks/ holds the chapters' sources, which carry no outputs. "
            "Name a file in another folder, for example out.ipynb"
        )

    def listdir(self, path: str) -> list[str]:
        """Return the paths of the files in a folder."""
        return [os.path.join(path, name) for name in os.listdir(path)]

    def pretty_path(self, path: str) -> str:
        """Return the path as papermill's log shows it."""
        return path


#: The handler that the entry point `papermill.io` names.
HANDLER = TextNotebookHandler()


def problems(path: str | os.PathLike) -> list[str]:
    """Say what keeps a file from being a chapter's source.

    A source is a text notebook named `NN-slug.md`, without outputs, with one first-level heading and one
    cell tagged `parameters`, each line of which is `name: type = value  # what it is`.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of str
        One sentence per problem, none for a good source.
    """
    path = Path(path)
    if not re.fullmatch(r"\d\d-[a-z0-9-]+\.md", path.name):
        return [f"{path}: a chapter's source is a text notebook with a name like 06-siren.md"]
    notebook = read(path)
    found = []
    for cell in notebook.cells:
        if cell.get("outputs") or cell.get("execution_count"):
            found.append(f"{path}: a cell carries outputs")
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    if len(re.findall(r"^# \S", prose, re.MULTILINE)) != 1:
        found.append(f"{path}: a chapter has exactly one first-level heading")
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        return [*found, f"{path}: a chapter has exactly one cell tagged parameters, not {len(tagged)}"]
    for line in filter(str.strip, tagged[0].source.splitlines()):
        match = _PARAMETER.match(line)
        if not line.startswith("#") and not (match and match["type"] and match["comment"]):
            found.append(f"{path}: a parameter reads `name: type = value  # what it is`, not `{line}`")
    return found


def main(paths: list[str] | None = None) -> int:
    """Print the problems of the given sources; return 1 if there are any, else 0."""
    found = [problem for path in (sys.argv[1:] if paths is None else paths) for problem in problems(path)]
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
