#!/usr/bin/env python3
"""Compares results with this kind of machine's baseline: only ratios, which a slower minute of the
machine does not change. Exits 1 when a ratio got worse by more than 5 % or is gone, 2 without a baseline.

    compare.py RESULTS.json [--save]     --save makes the results the baseline
"""
import argparse
import json
import pathlib
import shutil
import sys

import results

WORSE_BY = 0.05


def worse_by(old, new):
    """Share by which new is worse than old; negative when it is better."""
    change = new["ratio"] / old["ratio"] - 1 if old["ratio"] else 0.0
    return change if old["better"] == "lower" else -change


def ratios(path):
    found = json.loads(path.read_text(encoding="utf-8"))
    return {r["name"]: r for r in found if r.get("ratio") is not None}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("results", type=pathlib.Path)
    options.add_argument("--save", action="store_true")
    options = options.parse_args()
    baseline = pathlib.Path(__file__).parent / "baselines" / f"{results.host_class()}.json"
    if not options.results.exists():
        sys.exit(f"compare.py: {options.results} is not there; run ./dev bench first")
    if options.save:
        baseline.parent.mkdir(exist_ok=True)
        shutil.copyfile(options.results, baseline)
        print(f"saved as {baseline}")
        return
    if not baseline.exists():
        print(f"compare.py: no {baseline}; make one with ./dev bench save", file=sys.stderr)
        sys.exit(2)
    old, new = ratios(baseline), ratios(options.results)
    rows, bad = [("name", "baseline", "now", "change", "")], 0
    for name, was in old.items():
        if name not in new:
            rows.append((name, f"{was['ratio']:.3f}", "", "", "gone"))
            bad += 1
            continue
        by = worse_by(was, new[name])
        word = "worse" if by > WORSE_BY else "better" if by < -WORSE_BY else ""
        bad += word == "worse"
        rows.append((name, f"{was['ratio']:.3f}", f"{new[name]['ratio']:.3f}",
                     f"{new[name]['ratio'] / was['ratio'] - 1:+.1%}" if was["ratio"] else "", word))
    rows += [(n, "", f"{r['ratio']:.3f}", "", "new") for n, r in new.items() if n not in old]
    results.table(rows)
    print(f"{bad} worse by more than {WORSE_BY:.0%} or gone, of {len(old)}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
