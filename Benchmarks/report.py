"""What every benchmark says its figures with, and the table made of them.

A benchmark calls `figure` for each figure and `publish` at its end, which prints them as JSON. As a
program: `report.py FOLDER FILE LOAD` prints the table of a folder of such outputs and writes FILE;
LOAD is how busy the machine was before, without which no figure can be judged.
"""

import json
import pathlib
import platform
import statistics
import sys

_figures = []


def figure(name, value, unit, bar=None, higher_is_better=False, spread=None, note=None):
    """Adds a figure; without a bar it only informs."""
    if bar is None:
        passed = None
    else:
        passed = value >= bar if higher_is_better else value <= bar
    entry = {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "bar": None if bar is None else round(bar, 4),
        "higher_is_better": higher_is_better,
        "pass": passed,
    }
    if spread is not None:
        entry["spread"] = [round(edge, 4) for edge in spread]
    if note is not None:
        entry["note"] = note
    _figures.append(entry)


def samples(name, values, unit, **options):
    """Adds the median of several samples, with the least and the greatest as spread."""
    spread = (min(values), max(values))
    figure(name, statistics.median(values), unit, spread=spread, **options)


def middle(name, values, unit, **options):
    """Adds the median of what differs widely from one time to the next, with the quartiles as spread."""
    spread = (quantile(0.25, values), quantile(0.75, values))
    figure(name, quantile(0.5, values), unit, spread=spread, **options)


def quantile(share, values):
    """The value that `share` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def publish():
    """Prints the figures; the last thing that a benchmark does."""
    json.dump(_figures, sys.stdout)


def log(text):
    """Tells a person how far things are."""
    print(f"  {text}", file=sys.stderr, flush=True)


def _machine():
    model = platform.machine()
    cores = 0
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("processor"):
                cores += 1
            elif line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return f"{model}, {cores} cores, Linux {platform.release()} {platform.machine()}"


def _row(entry):
    better = ">=" if entry["higher_is_better"] else "<="
    bar = "-" if entry["bar"] is None else f"{better} {entry['bar']:g}"
    verdict = {True: "pass", False: "MISS", None: "-"}[entry["pass"]]
    spread = entry.get("spread")
    between = "-" if spread is None else f"{spread[0]:g} to {spread[1]:g}"
    return [entry["name"], f"{entry['value']:g}", entry["unit"], bar, verdict, between]


def _print(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if column == 1 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ]
        print("  ".join(cells).rstrip())


def main(folder, target, load):
    """Prints the table and writes the file."""
    entries = []
    for path in sorted(pathlib.Path(folder).glob("*.json"), key=lambda p: p.stat().st_mtime_ns):
        entries += json.loads(path.read_text(encoding="utf-8"))
    pathlib.Path(target).write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    print(f"\n{_machine()}; load average before: {load}\n")
    if entries:
        _print([["NAME", "VALUE", "UNIT", "BAR", "", "SPREAD"]] + [_row(e) for e in entries])
    notes = [entry for entry in entries if "note" in entry]
    if notes:
        print()
    for entry in notes:
        print(f"{entry['name']}: {entry['note']}")
    missed = [entry["name"] for entry in entries if entry["pass"] is False]
    if missed:
        print(f"\nMISS: {', '.join(missed)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
