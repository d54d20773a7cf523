#!/usr/bin/env python3
"""Takes the figures of long tests, artifacts/figures/*.json, into the rows of docs/reliability.json.

    scripts/test.sh --only sim          # or any other tests
    scripts/reliability.py
    HEDGE_TESTS_WRITE_DOCS=1 dotnet test Hedge.Tests -c Release --filter ReliabilityPageTests

Each row names the figures it is made of, as patterns of file names. A file NAME.json is of CI; NAME.xSCALE.json (a run with
HEDGE_TEST_SCALE) and NAME.long.json (a test of category soak) are of the long run. The row gets "ci" and "long": the sum, or
with "take": "least" the smallest, of the key "count", the sum of the keys in "none", the largest of the key in "worst", and
dates, commits and seeds. A side for which no file is there, or a long one of which fewer than half are there, stays as it was.
"""
import fnmatch
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NAME = re.compile(r"(.*?)(?:\.(x[0-9]+|long))?\.json")


def read(folder):
    """By side, the figures of each name; of several long runs, the one with the latest date."""
    sides = {"ci": {}, "long": {}}
    for file in sorted(os.listdir(folder)):
        name, kind = NAME.fullmatch(file).groups() if file.endswith(".json") else (None, None)
        if name is None:
            continue
        with open(os.path.join(folder, file)) as f:
            figures = json.load(f)
        known = sides["long" if kind else "ci"]
        if isinstance(figures, dict) and "date" in figures:
            if name not in known or known[name]["date"] <= figures["date"]:
                known[name] = figures
    return sides


def merged(row, known):
    parts = {name: figures for name, figures in known.items()
             if any(fnmatch.fnmatchcase(name, pattern) for pattern in row["figures"])}
    if not parts:
        return None
    result = {"files": len(parts), "date": max(part["date"] for part in parts.values()),
              "commits": sorted({part["commit"] for part in parts.values() if part["commit"]})}
    if "count" in row:
        counts = [part[row["count"]] for part in parts.values() if row["count"] in part]
        result["count"] = (min if row.get("take") == "least" else sum)(counts or [0])
    if "none" in row:
        result["none"] = sum(part.get(key, 0) for part in parts.values() for key in row["none"])
    if "worst" in row:
        result["worst"] = round(max([part[row["worst"]["key"]] for part in parts.values() if row["worst"]["key"] in part]
                                    or [0]), 1)
    seeds = sorted({int(part["seed"]) for part in parts.values() if "seed" in part})
    if seeds:
        result["seeds"] = seeds
    scales = sorted({part["scale"] for part in parts.values() if part.get("scale", 1) != 1})
    if scales:
        result["scale"] = scales
    return result


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "artifacts", "figures")
    path = os.path.join(ROOT, "docs", "reliability.json")
    with open(path) as f:
        rows = json.load(f)
    known = read(folder)
    for row in rows:
        for side in ("ci", "long"):
            new = merged(row, known[side]) if "figures" in row else None
            old = row.get(side)
            if new and not (old and new["files"] * 2 < old["files"]):
                row[side] = new
    with open(path, "w") as f:
        f.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    print(f"{sum(1 for row in rows if 'ci' in row)} of {len(rows)} rows have figures of CI, "
          f"{sum(1 for row in rows if 'long' in row)} of a long run")


if __name__ == "__main__":
    main()
