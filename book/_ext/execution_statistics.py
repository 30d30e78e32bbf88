"""The directive `{execution-statistics}`: what each chapter took to run, from papermill's metadata."""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


def statistics(chapter: Path) -> dict:
    """Read when and how long a chapter ran.

    Parameters
    ----------
    chapter : Path
        An executed notebook.

    Returns
    -------
    dict
        `title` (its first heading), `name`, `seconds`, `started` (UTC, to the minute) and `cells` (how
        many code cells it has).
    """
    notebook = json.loads(chapter.read_text(encoding="utf-8"))
    lines = [line for cell in notebook["cells"] for line in "".join(cell["source"]).splitlines()]
    papermill = notebook["metadata"]["papermill"]
    return {
        "title": next(line[2:].strip() for line in lines if line.startswith("# ")),
        "name": chapter.stem,
        "seconds": float(papermill["duration"]),
        "started": papermill["start_time"][:16].replace("T", " "),
        "cells": sum(cell["cell_type"] == "code" for cell in notebook["cells"]),
    }


def table(rows: list[dict]) -> list[str]:
    """The statistics as the lines of a MyST table, with the sum in the last row."""
    lines = ["| chapter | code cells | seconds | executed (UTC) |", "|---|---:|---:|---|"]
    lines += [
        f"| [{row['title']}](chapters/{row['name']}.ipynb) "
        f"| {row['cells']} | {row['seconds']:.1f} | {row['started']} |"
        for row in rows
    ]
    cells, seconds = (sum(row[key] for row in rows) for key in ("cells", "seconds"))
    return [*lines, f"| all chapters | {cells} | {seconds:.1f} | |"]


class ExecutionStatistics(SphinxDirective):
    """The table of the chapters that the book has."""

    def run(self) -> list[nodes.Node]:
        """Build the table afresh in every build: a chapter may have run since the last one."""
        self.env.note_reread()
        found = sorted(name for name in self.env.found_docs if name.startswith("chapters/"))
        rows = [statistics(Path(self.env.srcdir) / f"{name}.ipynb") for name in found]
        return self.parse_text_to_nodes("\n".join(table(rows)))


def setup(app):
    """Register the directive."""
    app.add_directive("execution-statistics", ExecutionStatistics)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
