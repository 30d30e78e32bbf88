# One chapter over a grid of parameters: snakemake --configfile grids/siren.yml --cores 2
# One path per run, runs/<grid>/<parameters>.ipynb. A run that fails leaves its notebook under
# runs/<grid>/failed/ as its log, and no result. The table of all runs is runs/<grid>/table.csv.
# With the target `land` besides, the runs' records are written to results/recorded/.
import sys
from pathlib import Path

import yaml

from netwithin import grids, notebooks, records

if not config:
    sys.exit("which grid? snakemake --configfile grids/siren.yml --cores 2")

CHAPTER = f"notebooks/{config.get('chapter')}.md"
try:
    runs = grids.fit(grids.combinations(config), notebooks.parameters(CHAPTER))
except (ValueError, OSError) as error:
    sys.exit(f"the grid does not work: {error}")
RUNS = {grids.run_name(run): run for run in runs}
FOLDER = f"runs/{config['name']}"


localrules: gather, land


rule gather:
    input:
        expand(f"{FOLDER}/{{run}}.ipynb", run=RUNS),
    output:
        f"{FOLDER}/table.csv",
    run:
        grids.gather(input).to_csv(output[0], index=False)
        print(f"The table of {len(input)} runs: {output[0]}")


rule land:
    input:
        expand(f"{FOLDER}/{{run}}.ipynb", run=RUNS),
    run:
        print(f"{len(grids.land(input))} records are under {records.root() / 'recorded'}")


rule chapter:
    input:
        source=CHAPTER,
        lock="requirements.lock",
        package=sorted(map(str, Path("src/netwithin").rglob("*.py"))),
    output:
        f"{FOLDER}/{{run}}.ipynb",
    wildcard_constraints:
        run="[^/]+",
    params:
        # papermill reads YAML, to which JSON's 1e-05 would be text.
        parameters=lambda wildcards: yaml.safe_dump(RUNS[wildcards.run]),
        python=sys.executable,
        failed=f"{FOLDER}/failed/{{run}}.ipynb",
    threads: config.get("threads", 1)
    resources:
        mem_mb=config.get("mem_mb", 4000),
        runtime=config.get("runtime", 60),
    shell:
        """
        mkdir -p $(dirname {params.failed:q})
        OMP_NUM_THREADS={threads} {params.python:q} -m papermill {input.source:q} {params.failed:q} \
          --parameters_yaml {params.parameters:q} --no-progress-bar --log-level WARNING ||
          {{ echo "the failed run's notebook is {params.failed}" >&2; exit 1; }}
        mv {params.failed:q} {output:q}
        """
