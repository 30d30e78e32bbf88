"""The papers' claims beside what was measured, with a verdict each.

The claims are data, `results/claims.yml`: a list of mappings with the keys

===============  ==============================================================================
`id`             a name for the claim
`paper`          its key in the bibliography
`section`        where the paper says it
`claim`          what it says, in our words
`case`           what of it this row is about, for example a graph's size; empty if there is one row only
`printed`        the figure as printed, or None where the paper gives none
`unit`           the figure's unit
`chapter`        the chapter that shows it
`each_row_of`    optional: published tables, joined on the columns that they share. The claim then stands
                 for one claim per row (rows that give the same claim, for one), and `{column}` in its
                 texts and values is the row's value
`rows`           optional, with `each_row_of`: column names to the values wanted, for those rows alone
`measure`        `experiment` (recorded runs) or `table` (published tables, for arithmetic on the paper's own
                 figures); `where`, column names to the values wanted; `value`, a formula over the columns;
                 `reduce`, how runs become one figure: `median` unless said otherwise, `max` or `min` where
                 the claim is about every run; `share` where `value` is a condition and the claim is about
                 how often it holds: the share of the runs in which it does; `spread` where it is about how
                 steady a figure is: the largest less the smallest
`beside`         optional, in a `measure`, for claims that compare runs with others: names of more columns for
                 `value`, each with a measure of its own, of the same records or tables. Its figure stands in
                 every row; with `by`, a column or several, rows alike in these make one figure, and it
                 stands beside the rows that are like them
`reproduced_if`  one of `equal`, `at_most`, `at_least`, `within` (so much of what is printed, in its unit),
                 `within_percent` (of what is printed), and its bound
`otherwise`      the verdict if not: `not reproduced` (we did the same and it came out differently) or
                 `corrected` (the printed figure does not follow from the paper's own numbers, or counts
                 something else than it says)
`needs`          optional, for claims that are not run: `why` not, what it `takes`, both in words, and, if
                 like runs are recorded, `hours`, an `experiment`, a `where` and a formula as under
                 `measure`, whose median over those runs is how long it would take
===============  ==============================================================================

A claim without a matching run is `not run`, and the scorecard says what it needs. What a paper says in
figures and no rule can judge is listed in `results/unjudged.yml`: mappings with the keys `paper`, `section`,
`claim`, `why` it is not judged, and the `chapter` nearest to it.
"""

import html
import operator
import re
from collections.abc import Iterable, Mapping
from functools import reduce
from pathlib import Path

import pandas as pd
import yaml

from netwithin import records

#: The verdicts, in the order in which they are counted.
VERDICTS = ("reproduced", "corrected", "not reproduced", "not run")

_REQUIRED = {
    "id",
    "paper",
    "section",
    "claim",
    "case",
    "printed",
    "unit",
    "chapter",
    "measure",
    "reproduced_if",
    "otherwise",
}
_NEEDS = {"why", "takes"}
_UNJUDGED = ["paper", "section", "claim", "why", "chapter"]
_RULES = {"equal": operator.eq, "at_most": operator.le, "at_least": operator.ge}


def read_claims(path: str | Path | None = None) -> list[dict]:
    """Read the claims, one mapping per claim, those that stand for a table's rows written out.

    Parameters
    ----------
    path : path-like, optional
        The YAML file; by default `results/claims.yml`.

    Returns
    -------
    list of dict
        The claims, without `each_row_of`.

    Raises
    ------
    ValueError
        If a claim lacks a key, has an unknown one or an unknown verdict, stands for no row of its table, or
        if two have one id.
    FileNotFoundError
        If a claim names a published table that does not exist.
    """
    path = Path(path) if path is not None else records.root() / "claims.yml"
    claims = []
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
        tables, wanted = entry.pop("each_row_of", None), entry.pop("rows", {})
        if wrong := (set(entry) - {"needs"}) ^ _REQUIRED:
            raise ValueError(f"claim {entry.get('id')!r}: wrong keys {sorted(wrong)}")
        if wrong := (set(entry.get("needs", _NEEDS)) - {"hours"}) ^ _NEEDS:
            raise ValueError(f"claim {entry['id']!r}: wrong keys {sorted(wrong)} in its needs")
        if wanted and tables is None:
            raise ValueError(f"claim {entry['id']!r}: `rows` are those of a table, which `each_row_of` names")
        if entry["otherwise"] not in ("not reproduced", "corrected"):
            raise ValueError(f"claim {entry['id']!r}: {entry['otherwise']!r} is no verdict")
        rows = [{}] if tables is None else _matching(_joined(tables), wanted).to_dict("records")
        if not rows:
            raise ValueError(f"claim {entry['id']!r}: no row of {tables} has {wanted}")
        filled = [_filled(entry, row) for row in rows]
        claims += [claim for place, claim in enumerate(filled) if claim not in filled[:place]]
    ids = [claim["id"] for claim in claims]
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"claims with one id: {', '.join(repeated)}")
    return claims


def read_unjudged(path: str | Path | None = None) -> pd.DataFrame:
    """Read what the papers say in figures and the scorecard does not judge.

    Parameters
    ----------
    path : path-like, optional
        The YAML file; by default `results/unjudged.yml`.

    Returns
    -------
    pandas.DataFrame
        Columns `paper`, `section`, `claim`, `why`, `chapter`, one row per claim.

    Raises
    ------
    ValueError
        If an entry lacks a key or has an unknown one.

    Examples
    --------
    >>> bool(read_unjudged()["why"].str.len().gt(10).all())
    True
    """
    path = Path(path) if path is not None else records.root() / "unjudged.yml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    for entry in entries:
        if set(entry) != set(_UNJUDGED):
            raise ValueError(
                f"{path}: wrong keys {sorted(set(entry) ^ set(_UNJUDGED))} in {entry.get('claim')!r}"
            )
    return pd.DataFrame(entries, columns=_UNJUDGED)


def judge(claim: Mapping, runs: pd.DataFrame) -> dict:
    """Measure one claim and give its verdict.

    Parameters
    ----------
    claim : mapping
        One of `read_claims`.
    runs : pandas.DataFrame
        Every recorded run, as `netwithin.records.gather` returns them.

    Returns
    -------
    dict
        `measured` (float or None), `runs` (how many runs it is about, without those beside them),
        `as_claimed` (in how many of them the rule holds; None for their spread; both None for arithmetic on
        published tables) and `verdict`.

    Raises
    ------
    ValueError
        If the rule is unknown, arithmetic on published tables finds no row, a share is asked of what is no
        condition, or what is to stand beside the columns has the name of one.

    Examples
    --------
    >>> runs = pd.DataFrame({"experiment": ["siren"] * 2, "nodes": [100, 100], "wrong": [0, 4]})
    >>> claim = {"id": "x", "printed": 0, "reproduced_if": {"equal": 0}, "otherwise": "not reproduced",
    ...          "measure": {"experiment": "siren", "where": {"nodes": 100}, "value": "wrong"}}
    >>> judge(claim, runs)
    {'measured': 2.0, 'runs': 2, 'as_claimed': 1, 'verdict': 'not reproduced'}
    """
    measure = claim["measure"]
    arithmetic = "table" in measure
    # Columns that only other experiments have would stand in the way of names under `beside`.
    recorded = (
        None if arithmetic else runs[runs["experiment"] == measure["experiment"]].dropna(axis=1, how="all")
    )
    table = _joined(measure["table"]) if arithmetic else recorded
    try:
        values = _values(table, measure)
        measured = float(_reduced(values, measure)) if len(values) else None
    except ValueError as error:
        raise ValueError(f"claim {claim['id']!r}: {error}") from error
    if measured is None:
        if arithmetic:
            raise ValueError(f"claim {claim['id']!r}: no row of {measure['table']} has {measure['where']}")
        return {"measured": None, "runs": 0, "as_claimed": 0, "verdict": "not run"}
    verdict = "reproduced" if _holds(claim, measured) else claim["otherwise"]
    basis = {"runs": len(values), "as_claimed": _as_claimed(claim, values)}
    if arithmetic:
        basis = dict.fromkeys(basis)
    return {"measured": measured, **basis, "verdict": verdict}


def scorecard(claims: Iterable[Mapping] | None = None, runs: pd.DataFrame | None = None) -> pd.DataFrame:
    """The scorecard: one row per claim.

    Parameters
    ----------
    claims : iterable of mapping, optional
        By default `read_claims()`.
    runs : pandas.DataFrame, optional
        By default every record under `results/recorded/`.

    Returns
    -------
    pandas.DataFrame
        Columns `id`, `paper`, `section`, `claim`, `case`, `printed`, `measured`, `unit`, `experiment`
        (whose records it was measured by; empty for arithmetic on published tables), `runs`,
        `as_claimed`, `verdict`, `chapter`, `needs` (see the function of that name; empty if it was run).
    """
    claims = read_claims() if claims is None else claims
    runs = records.gather() if runs is None else runs
    columns = [
        "id",
        "paper",
        "section",
        "claim",
        "case",
        "printed",
        "measured",
        "unit",
        "experiment",
        "runs",
        "as_claimed",
        "verdict",
        "chapter",
        "needs",
    ]
    rows = []
    for claim in claims:
        judged = judge(claim, runs)
        texts = {"needs": needs(claim, runs) if judged["verdict"] == "not run" else ""}
        texts["experiment"] = claim["measure"].get("experiment", "")
        rows.append({**claim, **judged, **texts})
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"printed": float, "measured": float, "runs": "Int64", "as_claimed": "Int64"})


def needs(claim: Mapping, runs: pd.DataFrame) -> str:
    """Say why a claim has not been run, and what it would take.

    Parameters
    ----------
    claim : mapping
        One of `read_claims`.
    runs : pandas.DataFrame
        Every recorded run, as `netwithin.records.gather` returns them.

    Returns
    -------
    str
        One or two sentences, with the hours (on the device of the records, reckoned from their pace) if
        the claim says how to reckon them and such runs are recorded.

    Examples
    --------
    >>> runs = pd.DataFrame({"experiment": ["siren"], "nodes": [100], "seconds": [1800.0]})
    >>> claim = {"needs": {"why": "it is long", "takes": "three runs",
    ...          "hours": {"experiment": "siren", "value": "3 * seconds / 3600 * (200 / nodes) ** 2"}}}
    >>> needs(claim, runs)
    'It is long. It takes three runs, about 6 hours at the pace of the recorded runs of `siren`.'
    """
    if "needs" not in claim:
        return "No run with these settings is recorded."
    why, takes, pace = (claim["needs"].get(key) for key in ("why", "takes", "hours"))
    sentences = f"{why[:1].upper()}{why[1:]}. It takes {takes}"
    values = _values(runs[runs["experiment"] == pace["experiment"]], pace) if pace else ()
    if not len(values):
        return sentences + "."
    hours = f"{float(f'{values.median():.2g}'):,g}"
    return f"{sentences}, about {hours} hours at the pace of the recorded runs of `{pace['experiment']}`."


def counts(card: pd.DataFrame, by: str = "paper") -> pd.DataFrame:
    """Count the verdicts of a scorecard.

    Parameters
    ----------
    card : pandas.DataFrame
        What `scorecard` returned.
    by : str
        The column whose values become the rows.

    Returns
    -------
    pandas.DataFrame
        One row per value, one column per verdict.

    Examples
    --------
    >>> card = pd.DataFrame({"paper": ["a", "a"], "verdict": ["reproduced", "not run"]})
    >>> counts(card).loc["a"].tolist()
    [1, 0, 0, 1]
    """
    return pd.crosstab(card[by], card["verdict"]).reindex(columns=list(VERDICTS), fill_value=0)


def by_section(card: pd.DataFrame) -> pd.DataFrame:
    """Order a scorecard as its papers go: by section, then by table, then by figure.

    Parameters
    ----------
    card : pandas.DataFrame
        What `scorecard` returned, or some of its rows.

    Returns
    -------
    pandas.DataFrame
        The rows, those of one section in the order that they had.

    Examples
    --------
    >>> by_section(pd.DataFrame({"section": ["Table 4", "6.2, 7", "10", "6"]}))["section"].tolist()
    ['6', '6.2, 7', '10', 'Table 4']
    """
    places = card["section"].map(
        lambda section: (
            "" if section[:1].isdigit() else section[:1].replace("F", "U"),  # figures after tables
            [int(number) for number in re.findall(r"\d+", section.split(",")[0])],
        )
    )
    return card.loc[places.sort_values(kind="stable").index]


def as_markdown(card: pd.DataFrame) -> str:
    """Write a scorecard as Markdown: each claim as a sentence, its cases as a table.

    Parameters
    ----------
    card : pandas.DataFrame
        What `scorecard` returned, or some of its rows.

    Returns
    -------
    str
        The text. Verdicts link to the chapters; what was not run says under its table what it needs. Each
        claim is a `div` of the class `claim` with its paper as `data-paper`, which is what the filters
        (`as_form`) look for.
    """
    blocks = []
    for (paper, claim, section, unit), rows in card.groupby(
        ["paper", "claim", "section", "unit"], sort=False
    ):
        lines = [f'<div class="claim" data-paper="{html.escape(paper)}">', ""]
        lines += [f"**{claim}** ({section}; {unit})", ""]
        lines += ["| case | printed | measured | from | verdict |", "|---|---:|---:|---|---|"]
        for row in rows.itertuples():
            cells = [row.case or "–", _figure(row.printed, 10), _figure(row.measured, 4)]
            cells.append(_basis(row.runs, row.as_claimed, row.experiment))
            lines.append(f"| {' | '.join(cells)} | [{row.verdict}]({row.chapter}.ipynb) |")
        blocks.append("\n".join([*lines, "", *_notes(rows), "</div>"]))
    return "\n\n".join(blocks)


def as_form(card: pd.DataFrame, papers: Mapping[str, str]) -> str:
    """Write the form by which a reader of the page chooses claims.

    Parameters
    ----------
    card : pandas.DataFrame
        What `scorecard` returned, or some of its rows.
    papers : mapping of str to str
        What the papers are called, by their keys.

    Returns
    -------
    str
        A line of HTML: a select for each of `paper`, `verdict` and `chapter`, whose options say how many
        claims they have. It is `hidden` until the script `book/_static/scorecard.js`, which does what it
        says, has found it; without scripts the page has every claim and no form.
    """
    names = {
        "paper": [(key, name) for key, name in papers.items() if (card["paper"] == key).any()],
        "verdict": [(name, name) for name in VERDICTS if (card["verdict"] == name).any()],
        "chapter": [(slug, slug.replace("-", " ")) for slug in sorted(card["chapter"].unique())],
    }
    selects = ""
    for field, values in names.items():
        many = card[field].value_counts()
        options = "".join(
            f'<option value="{html.escape(value)}">{html.escape(name)} ({many[value]})</option>'
            for value, name in values
        )
        selects += (
            f'<label>{field} <select name="{field}"><option value="">all</option>{options}</select></label> '
        )
    return (
        '<form class="claim-filter" aria-label="Choose claims" hidden>'
        f'{selects}<button type="reset">show all</button> <output role="status"></output></form>'
    )


def _notes(rows: pd.DataFrame) -> list[str]:
    """What the claims that were not run need, each text once, with its cases where these differ in that."""
    lines = []
    for text, alike in rows[rows["verdict"] == "not run"].groupby("needs", sort=False):
        cases = "; ".join(alike["case"]) if len(alike) <= 4 else f"{len(alike)} of {len(rows)} cases"
        which = "" if len(alike) == len(rows) else f" ({cases})"
        lines += ['<div class="needs">', "", f"*Not run*{which}: {text}", "", "</div>", ""]
    return lines


def _figure(value: float, digits: int) -> str:
    """A figure with so many significant digits at most, or a dash where there is none."""
    if pd.isna(value):
        return "–"
    return f"{value:,.{digits}g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _basis(runs, as_claimed, experiment: str) -> str:
    """What a measured figure rests on, and how many of the runs do what the paper says."""
    if pd.isna(runs):
        return "the paper's tables"
    many = f"{runs} runs of `{experiment}`" + ("" if pd.isna(as_claimed) else f", {as_claimed} as claimed")
    return {0: "–", 1: f"1 run of `{experiment}`"}.get(runs, many)


def _joined(tables: str | list[str]) -> pd.DataFrame:
    """Published tables, joined on the columns that they share."""
    names = [tables] if isinstance(tables, str) else tables
    return reduce(pd.merge, map(records.published, names))


def _filled(template, row: Mapping):
    """`template` with `{column}` replaced in strings; a string that is one `{column}` becomes the value."""
    if isinstance(template, Mapping):
        return {key: _filled(value, row) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, row) for value in template]
    if not isinstance(template, str):
        return template
    return row[template[1:-1]] if template[1:-1] in row and template[0] == "{" else template.format(**row)


def _values(table: pd.DataFrame, measure: Mapping) -> pd.Series:
    """The formula's values in the rows that match; none where a column or a value is missing."""
    rows = _matching(table, measure.get("where", {}))
    for name, other in measure.get("beside", {}).items():
        rows = _beside(rows, name, table, other)
    if rows.empty:
        return pd.Series(dtype=float)
    # A column that holds lists or texts in other experiments is of type object, with numbers in these rows.
    rows = rows.infer_objects()
    try:
        values = rows.eval(measure["value"], engine="python")
    except pd.errors.UndefinedVariableError:
        return pd.Series(dtype=float)
    return pd.to_numeric(values).dropna()


def _beside(rows: pd.DataFrame, name: str, table: pd.DataFrame, other: Mapping) -> pd.DataFrame:
    """`rows` with the column `name`, what `other` measures; only those for which it measures anything."""
    if name in table:
        raise ValueError(f"{name!r}, which is to stand beside the columns, is one of them")
    values = _values(table, other)
    if values.empty:
        return rows.iloc[:0]
    if "by" not in other:
        return rows.assign(**{name: float(_reduced(values, other))})
    alike = [other["by"]] if isinstance(other["by"], str) else other["by"]
    figures = values.groupby([table.loc[values.index, column] for column in alike]).apply(_reduced, other)
    return rows.join(figures.rename(name), on=alike, how="inner")


def _reduced(values: pd.Series, measure: Mapping):
    """The runs' values as one figure."""
    how = measure.get("reduce", "median")
    if how == "spread":
        return values.max() - values.min()
    if how == "share" and values.dtype != bool:
        raise ValueError(f"{measure['value']!r} is no condition, so it has no share")
    return values.agg("mean" if how == "share" else how)


def _matching(table: pd.DataFrame, wanted: Mapping) -> pd.DataFrame:
    """The rows whose columns have the values wanted; none where a column is missing."""
    for column, values in wanted.items():
        if column not in table:
            return table.iloc[:0]
        table = table[table[column].isin(values if isinstance(values, list) else [values])]
    return table


def _as_claimed(claim: Mapping, values: pd.Series) -> int | None:
    """In how many runs the claim holds; None where only all of them together can show it."""
    how = claim["measure"].get("reduce")
    if how == "spread":
        return None
    return int(values.sum()) if how == "share" else sum(_holds(claim, value) for value in values)


def _holds(claim: Mapping, measured: float) -> bool:
    """Whether the claim's rule holds for what was measured."""
    [(rule, bound)] = claim["reproduced_if"].items()
    if rule == "within":
        return abs(measured - claim["printed"]) <= bound + 1e-9  # .58 is not .04 away from .54 in binary
    if rule == "within_percent":
        return abs(measured - claim["printed"]) <= bound / 100 * abs(claim["printed"])
    if rule not in _RULES:
        raise ValueError(f"claim {claim['id']!r}: unknown rule {rule!r}")
    return bool(_RULES[rule](measured, bound))
