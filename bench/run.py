#!/usr/bin/env python3
"""Runs every benchmark of one or more builds and collects the measurements (form: results.py).

    run.py [--filter REGEX] OUT.json BUILD_DIR[=LABEL]...

The label, if any, is put behind each name of that build.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

import results


def commands(build):
    programs = [p for p in sorted((build / "bench/bin").glob("*"))
                if p.is_file() and os.access(p, os.X_OK)]
    return [(p.name, [str(p), "--tessera_json"]) for p in programs]


def collect(build, label, wanted):
    """(measurements, names of what failed)"""
    found, failed = [], []
    for name, command in commands(build):
        if not wanted.search(name):
            continue
        print(f"running {name}{label} ...", file=sys.stderr, flush=True)
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        lines = [r for r in map(results.parse, run.stdout.splitlines()) if r]
        for result in lines:
            result["name"] += label
        found += lines
        if run.returncode != 0 or not lines:
            failed.append(f"{name}{label}: exit code {run.returncode}, {len(lines)} measurements")
    return found, failed


def show(found):
    rows = [("name", "measured", "reach", "")]
    for r in found:
        unit = "x" if r.get("ratio") is not None else r.get("unit", "")
        sign = "<=" if r["better"] == "lower" else ">="
        reach = "" if r.get("reach") is None else f"{sign} {r['reach']:g}"
        verdict = {True: "ok", False: "short", None: ""}[results.reaches(r)]
        rows.append((r["name"], f"{results.measured(r):.4g} {unit}".strip(), reach, verdict))
    results.table(rows)
    judged = [v for v in map(results.reaches, found) if v is not None]
    print(f"{sum(judged)} of {len(judged)} reached")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--filter", default="", type=re.compile)
    options.add_argument("out", type=pathlib.Path)
    options.add_argument("builds", nargs="+")
    options = options.parse_args()
    wanted = re.compile(options.filter)
    found, failed = [], []
    for build in options.builds:
        path, _, label = build.partition("=")
        more, broken = collect(pathlib.Path(path), f" [{label}]" if label else "", wanted)
        found, failed = found + more, failed + broken
    names = [r["name"] for r in found]
    failed += [f"{n}: measured twice" for n in sorted({n for n in names if names.count(n) > 1})]
    if found:
        options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        show(found)
    for line in failed or ([] if found else ["no benchmarks were found"]):
        print(f"run.py: {line}", file=sys.stderr)
    sys.exit(1 if failed or not found else 0)


if __name__ == "__main__":
    main()
