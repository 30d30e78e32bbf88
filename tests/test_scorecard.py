from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml
from markdown_it import MarkdownIt

from netwithin import graphs, memorize, records, scorecard
from netwithin.graphs import matrix_market

ROOT = Path(__file__).resolve().parents[1]


def claim(**changes):
    return {
        "id": "x",
        "paper": "p",
        "section": "1",
        "claim": "no wrong bit",
        "case": "100 nodes",
        "printed": 10.0,
        "unit": "bits",
        "chapter": "06-x",
        "measure": {"experiment": "siren", "where": {"nodes": 100}, "value": "wrong"},
        "reproduced_if": {"equal": 0},
        "otherwise": "not reproduced",
    } | changes


def runs(*wrong, nodes=100):
    return pd.DataFrame({"experiment": "siren", "nodes": nodes, "wrong": list(wrong)})


@pytest.mark.parametrize(
    ("rule", "wrong", "verdict"),
    [
        ({"equal": 0}, [0, 0, 3], "reproduced"),
        ({"equal": 0}, [0, 3, 3], "not reproduced"),
        ({"at_most": 3}, [3], "reproduced"),
        ({"at_most": 3}, [4], "not reproduced"),
        ({"at_least": 3}, [3], "reproduced"),
        ({"at_least": 3}, [2], "not reproduced"),
        ({"within": 0.5}, [10.5], "reproduced"),
        ({"within": 0.5}, [9.4], "not reproduced"),
        ({"within_percent": 5}, [10.5], "reproduced"),
        ({"within_percent": 5}, [9.4], "not reproduced"),
    ],
)
def test_rules_judge_the_median_run(rule, wrong, verdict):
    assert scorecard.judge(claim(reproduced_if=rule), runs(*wrong))["verdict"] == verdict


def test_reduction_and_formula():
    measure = {"experiment": "siren", "value": "8 * wrong / nodes", "reduce": "max"}
    judged = scorecard.judge(claim(measure=measure), runs(1, 2, 25))
    assert judged["measured"] == 2.0 and judged["runs"] == 3


def test_a_claim_about_every_run_is_judged_by_the_worst_and_says_how_many_hold():
    measure = claim()["measure"] | {"reduce": "max"}
    judged = scorecard.judge(claim(measure=measure), runs(0, 0, 3))
    assert judged == {"measured": 3.0, "runs": 3, "as_claimed": 2, "verdict": "not reproduced"}
    assert scorecard.judge(claim(measure=measure), runs(0, 0, 0))["verdict"] == "reproduced"


def test_a_claim_about_how_often_is_judged_by_the_share_of_runs():
    measure = claim()["measure"] | {"value": "wrong < 3", "reduce": "share"}
    often = claim(measure=measure, reproduced_if={"at_least": 0.6})
    judged = scorecard.judge(often, runs(0, 3, 1, 2, 9))
    assert judged == {"measured": 0.6, "runs": 5, "as_claimed": 3, "verdict": "reproduced"}
    assert scorecard.judge(often, runs(0, 3, 3))["verdict"] == "not reproduced"
    assert scorecard.judge(often, runs(nodes=[]))["verdict"] == "not run"
    with pytest.raises(ValueError, match="no condition"):
        scorecard.judge(claim(measure=measure | {"value": "wrong"}), runs(0, 3))


def ranks(**changed):
    """Three ways of ranking, on four networks; the best rival of `ours` is b, b, a, a."""
    figures = {"ours": [0.7, 0.6, 0.4, 0.2], "a": [0.1, 0.2, 0.5, 0.3], "b": [0.4, 0.5, 0.3, 0.1]} | changed
    rows = [
        {"experiment": "ranks", "way": way, "network": network, "family": family, "overlap": overlap}
        for way, line in figures.items()
        for network, family, overlap in zip("wxyz", "ffgg", line, strict=True)
    ]
    table = pd.DataFrame(rows)
    return table.sample(frac=1, random_state=0)


RIVAL = {"where": {"way": ["a", "b"]}, "value": "overlap", "reduce": "max", "by": "network"}
OURS = {"experiment": "ranks", "where": {"way": "ours"}, "beside": {"rival": RIVAL}}


def alike_in(*columns):
    return {"rival": RIVAL | {"by": [*columns]}}


@pytest.mark.parametrize(
    ("measure", "measured", "count"),
    [
        ({"value": "overlap > rival", "reduce": "share"}, 0.5, 2),
        ({"value": "overlap - rival", "reduce": "max"}, 0.3, 2),
        ({"value": "overlap - rival", "reduce": "min"}, -0.1, 2),
        ({"value": "overlap - rival", "where": {"way": "ours", "network": "y"}}, -0.1, 0),
        ({"value": "overlap - rival", "beside": alike_in("way", "network")}, None, 0),
        ({"value": "overlap - rival", "beside": alike_in("family"), "reduce": "max"}, 0.2, 2),
        ({"value": "overlap - rival", "beside": alike_in("family", "network"), "reduce": "max"}, 0.3, 2),
    ],
)
def test_runs_are_compared_with_those_beside_them(measure, measured, count):
    judged = scorecard.judge(claim(measure=OURS | measure, reproduced_if={"at_least": 0.05}), ranks())
    if measured is None:
        assert judged["verdict"] == "not run"
    else:
        assert judged["measured"] == pytest.approx(measured)
        runs = 1 if "where" in measure else 4
        assert (judged["runs"], judged["as_claimed"]) == (runs, count)


def test_what_stands_beside_may_have_something_beside_it():
    ahead = RIVAL | {"value": "overlap > ours", "reduce": "share", "by": "way"}
    ahead["beside"] = {"ours": {"where": {"way": "ours"}, "value": "overlap", "by": "network"}}
    measure = {"experiment": "ranks", "where": {"way": ["a", "b"]}, "value": "ahead", "reduce": "max"}
    most = claim(measure=measure | {"beside": {"ahead": ahead}}, reproduced_if={"at_most": 0.5})
    assert scorecard.judge(most, ranks())["measured"] == 0.5  # `a`, on y and z
    assert scorecard.judge(most, ranks(b=[0.8, 0.8, 0.8, 0.1]))["measured"] == 0.75


def test_a_figure_beside_that_is_of_all_runs_stands_in_every_row():
    every = {key: value for key, value in RIVAL.items() if key != "by"}
    measure = OURS | {"value": "overlap > rival", "reduce": "share", "beside": {"rival": every}}
    judged = scorecard.judge(claim(measure=measure, reproduced_if={"at_least": 0.5}), ranks())
    assert (judged["measured"], judged["runs"]) == (0.5, 4)  # .7 and .6 are above .5, .4 and .2 are not


def test_without_the_runs_beside_it_a_claim_is_not_run_and_a_gap_among_them_drops_a_row():
    measure = OURS | {"value": "overlap > rival", "reduce": "share"}
    table = ranks()
    assert scorecard.judge(claim(measure=measure), table[table["way"] == "ours"])["verdict"] == "not run"
    part = table[(table["way"] == "ours") | (table["network"] != "w")]
    judged = scorecard.judge(claim(measure=measure), part)
    assert (judged["measured"], judged["runs"]) == (pytest.approx(1 / 3), 3)


def test_a_name_beside_may_be_a_column_of_other_experiments_but_not_of_this():
    measure = OURS | {"value": "overlap - wrong", "beside": {"wrong": RIVAL}, "reduce": "max"}
    everything = pd.concat([runs(1, 2), ranks()], ignore_index=True)
    assert scorecard.judge(claim(measure=measure), everything)["measured"] == pytest.approx(0.3)
    with pytest.raises(ValueError, match=r"claim 'x': 'family'.* is one of them"):
        scorecard.judge(claim(measure=OURS | {"value": "overlap", "beside": {"family": RIVAL}}), ranks())


def test_steadiness_is_the_largest_less_the_smallest():
    measure = {"experiment": "siren", "value": "wrong / 2", "reduce": "spread"}
    judged = scorecard.judge(claim(measure=measure, reproduced_if={"at_most": 4}), runs(3, 9, 1))
    assert judged == {"measured": 4.0, "runs": 3, "as_claimed": None, "verdict": "reproduced"}
    card = scorecard.scorecard([claim(measure=measure)], runs(3, 9, 1))
    assert "| 10 | 4 | 3 runs of `siren` | [not reproduced]" in scorecard.as_markdown(card)


def test_published_tables_are_compared_as_runs_are():
    fewer = {"where": {"nodes": 100}, "value": "mtx_kb"}
    measure = {"table": "memorization_table_4_sizes", "where": {"nodes": 500}, "value": "mtx_kb / fewer"}
    table = records.published("memorization_table_4_sizes").set_index("nodes")["mtx_kb"]
    judged = scorecard.judge(claim(measure=measure | {"beside": {"fewer": fewer}}), runs())
    assert judged["measured"] == pytest.approx(table[500] / table[100]) and judged["runs"] is None


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"experiment": []}),
        runs(0, nodes=500),
        runs(0).drop(columns="nodes"),
        runs(0).drop(columns="wrong"),
        runs(None),
        runs(0).assign(experiment="codec"),
    ],
)
def test_without_a_matching_run_a_claim_is_not_run(table):
    nothing = {"measured": None, "runs": 0, "as_claimed": 0, "verdict": "not run"}
    assert scorecard.judge(claim(), table) == nothing


def test_arithmetic_on_published_tables_must_find_its_row():
    measure = {"table": "memorization_table_4_sizes", "where": {"nodes": 100}, "value": "mtx_kb / fp16_kb"}
    judged = scorecard.judge(claim(measure=measure), runs())
    assert judged["measured"] == pytest.approx(116.2 / 14.8)
    assert judged["runs"] is None and judged["as_claimed"] is None
    with pytest.raises(ValueError, match="no row"):
        scorecard.judge(claim(measure=measure | {"where": {"nodes": 101}}), runs())


def test_one_entry_stands_for_a_tables_rows(tmp_path):
    path = tmp_path / "claims.yml"
    entry = claim(
        id="x-{nodes}",
        each_row_of=["memorization_table_5_bits", "memorization_table_4_sizes"],
        printed="{overfitting_loss}",
    )
    entry["id"] = "x-{nodes}-{density}"
    entry["measure"]["where"] = {"nodes": "{nodes}", "width": "{width}"}
    path.write_text(yaml.safe_dump([entry]))
    claims = scorecard.read_claims(path)
    assert len(claims) == 9
    last = claims[-1]
    assert last["id"] == "x-1000-0.75" and last["printed"] == 0.00195
    assert last["measure"]["where"] == {"nodes": 1000, "width": 168}


def test_one_entry_may_stand_for_some_of_a_tables_rows(tmp_path):
    path = tmp_path / "claims.yml"
    entry = claim(id="x-{nodes}", each_row_of="memorization_table_5_bits", rows={"nodes": [100, 1000]})
    path.write_text(yaml.safe_dump([entry]))
    assert [one["id"] for one in scorecard.read_claims(path)] == ["x-100", "x-1000"]
    path.write_text(yaml.safe_dump([entry | {"rows": {"nodes": 101}}]))
    with pytest.raises(ValueError, match="no row"):
        scorecard.read_claims(path)


def test_rows_that_give_one_claim_count_once(tmp_path):
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump([claim(id="x-{nodes}", each_row_of="memorization_table_5_bits")]))
    assert [entry["id"] for entry in scorecard.read_claims(path)] == ["x-100", "x-500", "x-1000"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([claim(), claim()], "one id"),
        ([claim(otherwise="wrong")], "no verdict"),
        ([claim(more=1)], "wrong keys"),
        ([claim(rows={"nodes": 100})], "each_row_of"),
        ([{k: v for k, v in claim().items() if k != "unit"}], "wrong keys"),
        ([claim(needs={"why": "it is long"})], r"\['takes'\] in its needs"),
        ([claim(needs={"why": "it is long", "takes": "a day", "days": 1})], r"\['days'\] in its needs"),
    ],
)
def test_bad_claims_are_refused(tmp_path, entries, message):
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump(entries))
    with pytest.raises(ValueError, match=message):
        scorecard.read_claims(path)


def test_the_books_claims_without_any_run():
    card = scorecard.scorecard(runs=records.gather(ROOT / "nowhere")).set_index("id")
    assert card.loc["compression-ratio-1000", "verdict"] == "corrected"
    assert card.loc["compression-ratio-1000", "measured"] == pytest.approx(11.91, abs=0.005)
    assert card.loc["compression-ratio-500", "verdict"] == "reproduced"
    best = card.loc["best-bits-per-edge"]
    table = records.published("memorization_table_5_bits")
    assert best["printed"] == table["fp16_bits_per_edge_printed"].min()
    assert best["printed"] == records.published("memorization_table_6_best_bpe")["best_bits_per_edge"][0]
    assert best["measured"] / best["printed"] == pytest.approx(2 * 500 / 499, rel=1e-3)
    assert set(card.loc[card["verdict"] == "not run", "runs"]) == {0}
    assert scorecard.counts(card).to_numpy().sum() == len(card)
    assert not (card["claim"] + card["case"]).str.contains("[{}]").any()


def test_sizes_by_arithmetic_are_those_of_real_networks_and_files():
    card = scorecard.scorecard(runs=records.gather(ROOT / "nowhere")).set_index("id")
    for row in records.published("memorization_table_4_sizes").itertuples():
        weights = memorize.parameter_count(memorize.SIREN(row.hidden_layers, row.width))
        assert card.loc[f"model-bytes-fp32-{row.nodes}", "measured"] == pytest.approx(4 * weights / 1000)
        assert card.loc[f"model-bytes-fp16-{row.nodes}", "measured"] == pytest.approx(2 * weights / 1000)
    # The real file has a header of a few lines besides.
    text = matrix_market.dump_dense(graphs.watts_strogatz(100, 0.25, seed=0))
    assert 0 <= len(text) - 1000 * card.loc["text-file-100", "measured"] < 100


def recipe(seed=0, **changes):
    """A run as the recorded ones of 100 nodes, exact in everything."""
    network = {"hidden_layers": 10, "width": 28, "omega0": 30.0, "coordinate_range": 1.0, "dtype": "float32"}
    graph = {"nodes": 100, "nominal_density": 0.75, "graph_model": "newman-watts-strogatz", "p": 0.5}
    training = {"learning_rate": 2e-4, "epochs": 4000, "seed": seed}
    measured = [
        "fp16_bit_errors_mean",
        "bit_errors_mean",
        "bit_errors_best",
        "bit_errors_mean_at_stop",
        "loss",
    ]
    run = {"experiment": "siren"} | network | graph | training | dict.fromkeys(measured, 0)
    return run | changes


SHAPES = {
    row.nodes: (row.hidden_layers, row.width)
    for row in records.published("memorization_table_4_sizes").itertuples()
}
ABOUT_RUNS = ("lossless", "accurate-at-the-stop", "half-precision-reads-the-same", "mean-threshold")


@pytest.mark.parametrize(
    "change",
    [
        {"graph_model": "watts-strogatz"},
        {"p": 0.1},
        {"omega0": 10.0},
        {"coordinate_range": 5.0},
        {"learning_rate": 1e-3},
        {"epochs": 400},
        {"dtype": "float16"},
        {"width": 32},
    ],
)
def test_runs_with_other_settings_judge_no_claim_about_the_papers_recipe(change):
    names = [f"{name}-100-0.75" for name in (*ABOUT_RUNS, "overfitting-loss")]
    ours = scorecard.scorecard(runs=pd.DataFrame([recipe()])).set_index("id")
    assert set(ours.loc[names, "verdict"]) == {"reproduced"}
    both = scorecard.scorecard(runs=pd.DataFrame([recipe(), recipe(loss=1) | change])).set_index("id")
    assert set(both.loc[names, "runs"]) == {1}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("lossless", {"fp16_bit_errors_mean": 3, "bit_errors_mean": 3, "bit_errors_best": 3}),
        ("accurate-at-the-stop", {"bit_errors_mean_at_stop": 3}),
        ("half-precision-reads-the-same", {"bit_errors_mean": 3, "bit_errors_best": 3}),
        ("mean-threshold", {"fp16_bit_errors_mean": 3, "bit_errors_mean": 3}),
    ],
)
def test_one_seed_that_fails_is_enough(name, wrong):
    table = pd.DataFrame([recipe(0), recipe(1), recipe(2, **wrong)])
    row = scorecard.scorecard(runs=table).set_index("id").loc[f"{name}-100-0.75"]
    assert (row["measured"], row["runs"], row["as_claimed"]) == (3, 3, 2)
    assert row["verdict"] == "not reproduced"


def test_markdown_has_a_row_per_claim_and_says_what_it_rests_on():
    arithmetic = claim(
        id="a",
        printed=119.08,
        measure={
            "table": "memorization_table_4_sizes",
            "where": {"nodes": 1000},
            "value": "mtx_kb / fp16_kb",
        },
        reproduced_if={"within_percent": 1},
        otherwise="corrected",
    )
    other = claim(
        id="b", case="", claim="small", measure={"experiment": "none", "value": "wrong"}, printed=12345
    )
    lines = scorecard.as_markdown(scorecard.scorecard([claim(), arithmetic, other], runs(7))).splitlines()
    both = scorecard.as_markdown(scorecard.scorecard([claim()], runs(0, 0)))
    assert "| 10 | 0 | 2 runs of `siren`, 2 as claimed | [reproduced]" in both
    assert [line for line in lines if line and not line.startswith(("|---", "<"))] == [
        "**no wrong bit** (1; bits)",
        "| case | printed | measured | from | verdict |",
        "| 100 nodes | 10 | 7 | 1 run of `siren` | [not reproduced](06-x.ipynb) |",
        "| 100 nodes | 119.08 | 11.91 | the paper's tables | [corrected](06-x.ipynb) |",
        "**small** (1; bits)",
        "| case | printed | measured | from | verdict |",
        "| – | 12,345 | – | – | [not run](06-x.ipynb) |",
        "*Not run*: No run with these settings is recorded.",
    ]


def test_what_is_not_run_says_why_and_what_it_takes():
    needs = {"why": "it is long", "takes": "two runs"}
    pace = {"experiment": "siren", "where": {"nodes": [50, 100]}, "value": "2 * seconds / 3600"}
    table = runs(0, 0, nodes=[50, 100]).assign(seconds=[3600.0, 10800.0])
    assert scorecard.needs(claim(needs=needs), table) == "It is long. It takes two runs."
    assert scorecard.needs(claim(needs=needs | {"hours": pace}), table) == (
        "It is long. It takes two runs, about 4 hours at the pace of the recorded runs of `siren`."
    )
    pace = pace | {"where": {"nodes": 7}}
    assert scorecard.needs(claim(needs=needs | {"hours": pace}), table) == "It is long. It takes two runs."
    later = claim(id="y", case="500 nodes", measure={"experiment": "siren", "value": "later"}, needs=needs)
    card = scorecard.scorecard([claim(needs=needs), later], table)
    assert card["needs"].tolist() == ["", "It is long. It takes two runs."]
    assert "\n*Not run* (500 nodes): It is long. It takes two runs.\n" in scorecard.as_markdown(card)


@pytest.fixture(scope="module")
def book():
    return scorecard.scorecard()


def test_nothing_on_the_books_scorecard_is_left_open(book):
    lacking = [entry["id"] for entry in scorecard.read_claims() if "needs" not in entry]
    assert not set(book.loc[book["verdict"] == "not run", "id"]) & set(lacking)
    assert not (book["needs"] + book["claim"]).str.contains("[{}]").any()


def test_comparisons_on_the_books_scorecard_are_those_of_the_records(book):
    measured = book.set_index("id")["measured"]
    overlaps = records.gather(experiment="ranking").pivot(
        index=["table", "architecture"], columns="strategy", values="rbo_average"
    )
    ours = overlaps.pop("Topometric mixture")
    margin = ours - overlaps.max(axis=1)
    assert measured["mixture-outperforms-all"] == (margin[4] > 0).mean()
    for architecture in ("Resnet-20", "Resnet-32", "Wide-Resnet-28-2"):
        far = ours[4, architecture] - overlaps.loc[(4, architecture), "Layer-Density"]
        assert measured[f"mixture-over-density-{architecture}"] == pytest.approx(far)
        assert measured[f"mixture-outdoes-by-30-{architecture}"] == pytest.approx(margin[11, architecture])
    scores = records.gather(experiment="regression").query("features == 'topometrics' and folds == 'random'")
    scores = scores.pivot(index=["fixed", "level"], columns="encoding", values="adjusted_r2")
    gaps, swings = scores.max(axis=1) - scores.min(axis=1), scores.loc["sparsity"].agg(["max", "min"]).diff()
    less = (gaps["architecture"] < gaps["sparsity"].median()).mean()
    assert measured["gap-smaller-with-architecture-fixed"] == less
    steadier = swings.loc["min"] / swings.loc["min", "unrolled"]
    assert measured["steadier-than-rolled"] == pytest.approx(steadier["rolled"])
    ahead = (scores["unrolled"] > scores.drop(columns="unrolled").max(axis=1)).mean()
    assert measured["multipartite-ahead-of-rolled-adjusted-r2"] == ahead


def test_the_hours_of_a_large_memory_are_the_starts_with_more_epochs_entries_and_weights():
    start = {"experiment": "siren", "nodes": 500, "epochs_run": 100, "seconds": 360.0}
    weights = {n: memorize.parameter_count(memorize.SIREN(*shape)) for n, shape in SHAPES.items()}
    table = pd.DataFrame([start | {"parameters_count": weights[500]}])
    by_name = {entry["id"]: entry for entry in scorecard.read_claims()}
    for nodes, hours in [(500, 3 * 0.1 * 40), (1000, 3 * 0.1 * 40 * 4 * weights[1000] / weights[500])]:
        said = scorecard.needs(by_name[f"lossless-{nodes}-0.5"], table)
        assert float(said.split("about ")[-1].split(" hours")[0]) == pytest.approx(hours, rel=0.05)


def test_claims_name_chapters_and_papers_of_the_book():
    keys = (ROOT / "book" / "references.bib").read_text()
    for entry in scorecard.read_claims():
        assert f"{{{entry['paper']}," in keys
        assert (ROOT / "notebooks" / f"{entry['chapter']}.md").is_file()


def test_what_is_not_judged_says_why_and_where_to_look(tmp_path):
    listed = scorecard.read_unjudged()
    assert len(listed) and listed.notna().all().all()
    assert not listed.duplicated(["paper", "section", "claim"]).any()
    (tmp_path / "empty.yml").write_text("")
    assert scorecard.read_unjudged(tmp_path / "empty.yml").columns.tolist() == listed.columns.tolist()
    (tmp_path / "short.yml").write_text("- {paper: p, section: '1', claim: c}")
    with pytest.raises(ValueError, match=r"wrong keys .*chapter.* in 'c'"):
        scorecard.read_unjudged(tmp_path / "short.yml")


@pytest.mark.parametrize("source", ["claims.yml", "unjudged.yml"])
def test_claims_name_chapters_that_there_are(source):
    entries = yaml.safe_load((ROOT / "results" / source).read_text(encoding="utf-8"))
    for chapter in {entry["chapter"] for entry in entries}:
        assert (ROOT / "notebooks" / f"{chapter}.md").is_file(), chapter


def test_a_column_that_other_experiments_fill_with_texts_can_be_reckoned_with():
    runs = pd.DataFrame({"experiment": ["a", "b"], "size": [8, "large"], "parts": [2.0, 1.0]})
    claim = {"id": "x", "printed": 4, "reproduced_if": {"equal": 4}, "otherwise": "not reproduced"}
    claim["measure"] = {"experiment": "a", "value": "size / parts"}
    assert scorecard.judge(claim, runs)["measured"] == 4


class Page(HTMLParser):
    """What a browser sees of the scorecard: its rows, and the form's options with what they promise."""

    def __init__(self, text):
        super().__init__()
        self.papers, self.rows, self.options, self.hidden, self.field = [], [], {}, False, None
        self.depth, self.link = 0, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.hidden = "hidden" in attrs
        elif tag == "select":
            self.field = attrs["name"]
        elif tag == "option":
            self.value = attrs["value"]
        elif tag == "div":
            self.depth += 1
            if attrs["class"] == "claim":
                assert self.depth == 1
                self.papers.append(attrs["data-paper"])
        elif tag in ("tr", "td"):
            self.link = None
        elif tag == "a":
            self.link = attrs["href"]
        self.tag = tag

    def handle_endtag(self, tag):
        self.depth -= tag == "div"
        if tag == "td":
            self.cell = (self.link, self.text)
        elif tag == "tr" and self.link:
            chapter = self.cell[0].removesuffix(".ipynb")
            self.rows.append({"paper": self.papers[-1], "verdict": self.cell[1], "chapter": chapter})

    def handle_data(self, data):
        self.text = data
        if self.tag == "option" and self.value:
            self.options[self.field, self.value] = int(data.split("(")[-1].rstrip(")"))
            self.tag = None


def test_the_filters_options_are_what_the_pages_rows_have(book):
    papers = {"tang2022network": "Tang & Li", "cunegatti2024mge": "Cunegatti", "structurereps": "<S>"}
    written = scorecard.as_form(book, papers) + "\n\n" + scorecard.as_markdown(book)
    page = Page(MarkdownIt().enable("table").render(written))
    assert page.hidden and page.depth == 0
    assert len(page.rows) == len(book)
    fields = Counter((field, value) for row in page.rows for field, value in row.items())
    assert page.options == dict(fields)
    assert {field for field, _ in page.options} == {"paper", "verdict", "chapter"}
    assert "&lt;S&gt;" in scorecard.as_form(book, papers)
    script = (ROOT / "book" / "_static" / "scorecard.js").read_text()
    assert all(f".{name}" in script for name in ("claim-filter", "claim", "needs"))


def test_a_filter_offers_only_what_there_is():
    some = scorecard.scorecard([claim()], runs(0))
    page = Page(scorecard.as_form(some, {"p": "P", "q": "Q"}))
    assert page.options == {("paper", "p"): 1, ("verdict", "reproduced"): 1, ("chapter", "06-x"): 1}
