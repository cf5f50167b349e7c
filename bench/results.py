"""The common form of a measurement, for run.py and compare.py.

A program of bench/ (called with --tessera_json) prints one JSON object per line:

    {"name": "iterate/100k", "ratio": 0.99, "reach": 0.98, "better": "higher", "value": 51.2, "unit": "us"}

name    unique, what was measured
ratio   against the raw loop in the same run; what is compared with baselines. May be missing
value   the measurement itself, in `unit`; may be missing when there is a ratio
reach   what must be reached, by ratio if there is one, else by value; may be missing
better  "lower" (the default) or "higher"

Other lines are left alone. results.json is a list of such objects.
"""
import json
import pathlib
import re


def parse(line):
    """The measurement on a line, or None when it holds none; ValueError when it is malformed."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        return None
    if "name" not in found or not ("ratio" in found or "value" in found):
        return None
    if found.setdefault("better", "lower") not in ("lower", "higher"):
        raise ValueError(f"{found['name']}: better is {found['better']!r}; lower or higher is allowed")
    return found


def measured(result):
    return result["ratio"] if result.get("ratio") is not None else result["value"]


def reaches(result):
    """None when nothing must be reached."""
    if result.get("reach") is None:
        return None
    if result["better"] == "lower":
        return measured(result) <= result["reach"]
    return measured(result) >= result["reach"]


def table(rows):
    """Prints rows of strings in columns, the first one left-aligned."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def host_class():
    """Machines of one class share a baseline: processor model and number of processors."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    name = re.sub(r"\((R|TM)\)|CPU|Processor|@.*", "", model[1] if model else "unknown", flags=re.I)
    name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{name}-{len(re.findall(r'^processor', text, re.MULTILINE))}"
