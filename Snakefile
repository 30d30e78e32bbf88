# One chapter over a grid of parameters: snakemake --configfile grids/siren.yml --cores 2
# One path per run, runs/<grid>/<parameters>.ipynb. A run that fails leaves its notebook under
# runs/<grid>/failed/ as its log, and no result. The table of all runs is runs/<grid>/table.csv.
import json
import sys

from netwithin import grids

if not config:
    sys.exit("which grid? snakemake --configfile grids/siren.yml --cores 2")

RUNS = {grids.run_name(run): run for run in grids.combinations(config)}
FOLDER = f"runs/{config['name']}"


localrules: gather


rule gather:
    input:
        expand(f"{FOLDER}/{{run}}.ipynb", run=RUNS),
    output:
        f"{FOLDER}/table.csv",
    run:
        grids.gather(input).to_csv(output[0], index=False)
        print(f"The table of {len(input)} runs: {output[0]}")


rule chapter:
    input:
        source=f"notebooks/{config['chapter']}.md",
        lock="requirements.lock",
    output:
        f"{FOLDER}/{{run}}.ipynb",
    wildcard_constraints:
        run="[^/]+",
    params:
        parameters=lambda wildcards: json.dumps(RUNS[wildcards.run]),
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
