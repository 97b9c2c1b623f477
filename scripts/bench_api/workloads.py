"""State machines of one kind of work each, with an input and the output that must come of it."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    definition: dict
    input: object
    output: object
    transitions: int
    # How many executions are measured, one after the other.
    runs: int
    # More events than AWS lets a Standard execution have: it is an Express one where the server has such.
    express: bool = False

    def definition_text(self):
        return json.dumps(self.definition)

    def input_text(self):
        return json.dumps(self.input, separators=(",", ":"))


def in_a_row(names, last):
    """Pass states that hand on their input; `last` is what the last one has beside."""
    states = {name: {"Type": "Pass", "Next": following} for name, following in zip(names, names[1:])}
    states[names[-1]] = {"Type": "Pass", "End": True, **last}
    return {"StartAt": names[0], "States": states}


def one_pass():
    definition = in_a_row(["Only"], {"Result": {"done": True}, "ResultPath": "$.result"})
    return Workload(definition, {"a": 1}, {"a": 1, "result": {"done": True}}, 1, 100)


def chain(length, runs):
    definition = in_a_row([f"Step{at}" for at in range(length)], {"Result": length, "ResultPath": "$.length"})
    return Workload(definition, {"a": 1}, {"a": 1, "length": length}, length, runs)


def loop(rounds, jsonata):
    if jsonata:
        begin, less = {"Output": {"i": 0}}, {"Condition": "{%% $states.input.i < %d %%}" % rounds}
        count = {"Output": {"i": "{% $states.input.i + 1 %}"}}
    else:
        begin, less = {"Result": {"i": 0}}, {"Variable": "$.i", "NumericLessThan": rounds}
        count = {"Parameters": {"i.$": "States.MathAdd($.i, 1)"}}
    definition = {
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", **begin, "Next": "Again?"},
            "Again?": {"Type": "Choice", "Choices": [{**less, "Next": "Count"}], "Default": "Enough"},
            "Count": {"Type": "Pass", **count, "Next": "Work"},
            "Work": {"Type": "Pass", "Next": "Again?"},
            "Enough": {"Type": "Succeed"},
        },
    }
    if jsonata:
        definition["QueryLanguage"] = "JSONata"
    return Workload(definition, {}, {"i": rounds}, 3 * rounds + 3, 3)


def inline_map(items):
    each = in_a_row(["Each"], {"Parameters": {"i.$": "$", "text.$": "States.Format('{}', $)"}})
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **each}
    state = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}
    numbers = list(range(1, items + 1))
    output = [{"i": number, "text": str(number)} for number in numbers]
    # Four events for each item, and AWS's limit for Standard executions is 25,000.
    return Workload({"StartAt": "All", "States": {"All": state}}, {"items": numbers}, output, items + 1, 3, items > 6000)


def parallel(branches):
    # State names are unique in a whole definition.
    rows = [in_a_row([f"A{at}", f"B{at}", f"C{at}"], {"Result": {"branch": at}}) for at in range(branches)]
    state = {"Type": "Parallel", "Branches": rows, "End": True}
    output = [{"branch": at} for at in range(branches)]
    return Workload({"StartAt": "All", "States": {"All": state}}, {}, output, 3 * branches + 1, 5)


def payload(size, states):
    rows, length = [], 12
    while length < size:
        at = len(rows)
        row = {"id": at, "name": f"customer-{at:05}", "tags": ["a", "b", str(at % 7)], "v": at * 3 % 1000, "ok": at % 2 == 0}
        rows.append(row)
        length += len(json.dumps(row, separators=(",", ":"))) + 1
    rows.pop()
    return Workload(in_a_row([f"Step{at}" for at in range(states)], {}), {"rows": rows}, {"rows": rows}, states, 10)


# The rows of the table that are one execution each, measured with boto3.
SINGLE = {
    "chain-100": ("100 Pass states", lambda: chain(100, 10)),
    "loop-2000": ("Choice loop to 2,000 (6,003 transitions)", lambda: loop(2000, jsonata=False)),
    "jsonata-1000": ("JSONata loop to 1,000 (3,003 transitions)", lambda: loop(1000, jsonata=True)),
    "map-1000": ("Map of 1,000", lambda: inline_map(1000)),
    "map-5000": ("Map of 5,000", lambda: inline_map(5000)),
    "map-10000": ("Map of 10,000", lambda: inline_map(10_000)),
    "parallel-50": ("Parallel of 50 × 3", lambda: parallel(50)),
    "payload-200k": ("200 KB through 10 Pass states", lambda: payload(200_000, 10)),
}

# Events of an execution of `loop-2000`: two of each state but Succeed's, which counts too, start and end.
LOOP_EVENTS = 12_008
