"""What is printed."""

import statistics

from .measure import ROWS


def median_of(values):
    """The median of what is there; the texts of failures as they are."""
    numbers = [value for value in values if isinstance(value, (int, float))]
    return statistics.median(numbers) if numbers else next((value for value in values if value is not None), None)


def combined(rounds):
    """One result of the results of several rounds: the medians."""
    names = [name for name in ROWS if any(name in one["rows"] for one in rounds)]
    rows = {}
    for name in names:
        found = [one["rows"][name] for one in rounds if name in one["rows"]]
        keys = {key: None for row in found for key in row}
        rows[name] = {key: median_of([row.get(key) for row in found]) for key in keys}
    beside = ["start_s", "restart_s", "idle_mb", "after_mb"]
    return {"rows": rows, **{key: median_of([one.get(key) for one in rounds]) for key in beside}}


def number(value):
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def markdown(results):
    """Two tables, wall time and CPU time, with a column for each server."""
    servers = list(results)
    lines = ["| wall, ms | " + " | ".join(servers) + " |", "|---" * (len(servers) + 1) + "|"]

    def line(heading, cell):
        lines.append(f"| {heading} | " + " | ".join(number(cell(results[server])) for server in servers) + " |")

    line("start to first answer", lambda result: result["start_s"] and result["start_s"] * 1e3)
    line("the same, with the data of all below", lambda result: result["restart_s"] and result["restart_s"] * 1e3)
    names = [name for name in ROWS if any(name in result["rows"] for result in results.values())]
    cell = lambda name, key: lambda result: result["rows"].get(name, {}).get("failed", result["rows"].get(name, {}).get(key))
    for name in names:
        line(ROWS[name][0], cell(name, "ms"))
        if "sync" in name:
            line("— nothing to do (`ListActivities`), in turn with it", cell(name, "floor_ms"))
        if name == "burst":
            line("— executions a second", cell(name, "per_second"))
    line("memory when idle, MB", lambda result: result["idle_mb"])
    line("memory after all, MB", lambda result: result["after_mb"])
    lines += ["", "| server CPU, ms | " + " | ".join(servers) + " |", "|---" * (len(servers) + 1) + "|"]
    for name in names:
        line(ROWS[name][0], cell(name, "cpu_ms"))
        if "sync" in name:
            line("— nothing to do", cell(name, "floor_cpu_ms"))
        if any("transition_us" in result["rows"].get(name, {}) for result in results.values()) and name != "chain-100":
            line("— µs for each transition", cell(name, "transition_us"))
    return "\n".join(lines)
