"""The measurements. Each checks what came of what it measures; a result that is not right is no result."""

import itertools
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from . import workloads
from .client import ROLE, Bare, Refused, sdk

NAMES = itertools.count()

# Calls before those that count.
WARM_UP = 5
CALLS = 200
BURST, CLIENTS = 200, 8

# What servers say of an operation or a kind of state machine that they don't have.
UNKNOWN = ("UnknownOperation", "NotImplemented", "not implemented", "TypeNotSupported", "Unsupported", "InvalidAction", "InternalFailure")


class Wrong(Exception):
    """The server's answer is not the right one."""


class Slow(Exception):
    """It took longer than one is willing to wait."""


def unique():
    # moto calls all executions without a name by the same one.
    return f"bench-{os.getpid()}-{next(NAMES)}"


def verify(answer, expected):
    if answer["status"] != "SUCCEEDED":
        raise Wrong(f"{answer['status']}: {answer.get('error')} {str(answer.get('cause'))[:200]}")
    if json.loads(answer.get("output") or "null") != expected:
        raise Wrong(f"the output is {str(answer.get('output'))[:200]}")


class Measurement:
    """Measures one server."""

    def __init__(self, endpoint, processes, cap):
        self.endpoint, self.processes, self.cap = endpoint, processes, cap
        self.sdk, self.bare = sdk(endpoint, cap + 10), Bare(endpoint, cap + 10)
        self.looped = None

    def create(self, workload, kind="STANDARD"):
        answer = self.bare.call(
            "CreateStateMachine",
            {"name": unique(), "definition": workload.definition_text(), "roleArn": ROLE, "type": kind},
        )
        return answer["stateMachineArn"]

    def costs(self, times, cpu_before, count=None):
        """A row: the median of the wall times, and the server's CPU time for each."""
        row = {"ms": statistics.median(times) * 1e3, "least_ms": min(times) * 1e3, "n": len(times)}
        if cpu_before is not None:
            row["cpu_ms"] = (self.processes.cpu_ms() - cpu_before) / (count or len(times))
        return row

    def wait(self, describe, arn, begun):
        """Asks until it is over: every millisecond at first, then the less the longer it takes, so as not to disturb it."""
        while True:
            answer = describe(arn)
            took = time.perf_counter() - begun
            # Some servers publish the end before the output.
            if answer["status"] != "RUNNING" and not (answer["status"] == "SUCCEEDED" and "output" not in answer):
                return answer
            if took > self.cap:
                raise Slow(f"not over after {self.cap} s")
            time.sleep(min(0.05, max(0.001, took * 0.02)))

    def pair(self, first, second, expected):
        """Two kinds of calls in turn, so that what disturbs the machine disturbs both: their rows.

        CPU time is that of either kind alone, in a second round."""
        times = ([], [])
        for at in range(CALLS + WARM_UP):
            for call, taken in zip((first, second), times):
                begun = time.perf_counter()
                answer = call()
                took = time.perf_counter() - begun
                if call is second:
                    verify(answer, expected)
                if at >= WARM_UP:
                    taken.append(took)
        rows = []
        for call, taken in zip((first, second), times):
            cpu = self.processes.cpu_ms()
            for _ in range(CALLS):
                call()
            rows.append(self.costs(taken, cpu, CALLS))
        return rows

    def express_sync(self, bare):
        """One Pass state, synchronously, and beside it the floor: an operation of the same server that has nothing to do."""
        workload = workloads.one_pass()
        arn, text = self.create(workload, "EXPRESS"), workload.input_text()
        if bare:
            nothing = lambda: self.bare.call("ListActivities", {"maxResults": 1})
            execute = lambda: self.bare.call("StartSyncExecution", {"stateMachineArn": arn, "input": text})
        else:
            nothing = lambda: self.sdk.list_activities(maxResults=1)
            execute = lambda: self.sdk.start_sync_execution(stateMachineArn=arn, input=text)
        floor, row = self.pair(nothing, execute, workload.output)
        return {**row, "floor_ms": floor["ms"], "floor_cpu_ms": floor.get("cpu_ms")}

    def standard(self, bare):
        """One Pass state: started, and asked for until it is over."""
        workload = workloads.one_pass()
        arn, text = self.create(workload), workload.input_text()
        cpu, times = None, []
        for at in range(CALLS // 2 + WARM_UP):
            if at == WARM_UP:
                cpu = self.processes.cpu_ms()
            begun = time.perf_counter()
            answer = self.execute(arn, text, begun, self.bare if bare else None)
            took = time.perf_counter() - begun
            verify(answer, workload.output)
            if at >= WARM_UP:
                times.append(took)
        return self.costs(times, cpu)

    def execute(self, arn, text, begun, bare):
        if bare:
            start = {"stateMachineArn": arn, "input": text, "name": unique()}
            execution = bare.call("StartExecution", start)["executionArn"]
            return self.wait(lambda arn: bare.call("DescribeExecution", {"executionArn": arn}), execution, begun)
        execution = self.sdk.start_execution(stateMachineArn=arn, input=text, name=unique())["executionArn"]
        self.last = execution
        return self.wait(lambda arn: self.sdk.describe_execution(executionArn=arn), execution, begun)

    def single(self, name):
        workload = workloads.SINGLE[name][1]()
        text = workload.input_text()
        arn = self.create(workload, "EXPRESS" if workload.express else "STANDARD")
        cpu, times = self.processes.cpu_ms(), []
        while len(times) < workload.runs and sum(times) < self.cap / 2:
            begun = time.perf_counter()
            if workload.express:
                answer = self.sdk.start_sync_execution(stateMachineArn=arn, input=text)
            else:
                answer = self.execute(arn, text, begun, None)
            times.append(time.perf_counter() - begun)
            verify(answer, workload.output)
        if name == "loop-2000":
            self.looped = self.last
        row = self.costs(times, cpu)
        if "cpu_ms" in row:
            row["transition_us"] = row["cpu_ms"] * 1e3 / workload.transitions
        return row

    def single_or_standard(self, name):
        """An Express execution, or a Standard one on servers that have no Express ones and no limit either."""
        try:
            return self.single(name)
        except Exception as error:
            if not workloads.SINGLE[name][1]().express or kind(error) != "unsupported":
                raise
        workload = workloads.SINGLE[name][1]()
        begun = time.perf_counter()
        cpu = self.processes.cpu_ms()
        verify(self.execute(self.create(workload), workload.input_text(), begun, None), workload.output)
        return self.costs([time.perf_counter() - begun], cpu)

    def burst(self):
        """Two hundred executions from eight clients at the same time, each of which starts its own and then sees to them."""
        workload = workloads.chain(10, 1)
        arn, text = self.create(workload), workload.input_text()

        def client(_):
            bare = Bare(self.endpoint, self.cap + 10)
            describe = lambda execution: bare.call("DescribeExecution", {"executionArn": execution})
            start = lambda: bare.call("StartExecution", {"stateMachineArn": arn, "input": text, "name": unique()})
            begun = time.perf_counter()
            for execution in [start()["executionArn"] for _ in range(BURST // CLIENTS)]:
                verify(self.wait(describe, execution, begun), workload.output)

        client(0)
        cpu, begun = self.processes.cpu_ms(), time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(client, range(CLIENTS)))
        took = time.perf_counter() - begun
        return {**self.costs([took / BURST], cpu, BURST), "per_second": BURST / took, "n": BURST}

    def history(self):
        """The history of the last execution of the loop, in pages of a thousand."""
        if self.looped is None:
            raise Wrong("there is no execution of loop-2000")
        cpu, times = self.processes.cpu_ms(), []
        for _ in range(3):
            begun, ids, more = time.perf_counter(), [], {}
            while True:
                page = self.sdk.get_execution_history(executionArn=self.looped, maxResults=1000, **more)
                ids += [event["id"] for event in page["events"]]
                if not page.get("nextToken"):
                    break
                more = {"nextToken": page["nextToken"]}
            times.append(time.perf_counter() - begun)
            if ids != list(range(1, workloads.LOOP_EVENTS + 1)):
                raise Wrong(f"{len(ids)} events")
            if sum(times) > self.cap / 2:
                break
        return self.costs(times, cpu)


# The rows, in the order in which they are measured: name, heading, and how.
ROWS = {
    "pass": ("1 Pass, Standard", lambda run: run.standard(bare=True)),
    "pass-sdk": ("1 Pass, Standard, boto3", lambda run: run.standard(bare=False)),
    "sync": ("1 Pass, Express sync", lambda run: run.express_sync(bare=True)),
    "sync-sdk": ("1 Pass, Express sync, boto3", lambda run: run.express_sync(bare=False)),
    "burst": ("burst of 200 from 8 clients, each", lambda run: run.burst()),
}
for name, (heading, _) in workloads.SINGLE.items():
    ROWS[name] = (heading, lambda run, name=name: run.single_or_standard(name))
    if name == "loop-2000":
        ROWS["history"] = ("its history of 12,008 events", lambda run: run.history())


def kind(error):
    """What a row says instead of a time."""
    text = f"{error} {getattr(error, 'body', b'')}"
    if isinstance(error, Wrong):
        return "wrong"
    if isinstance(error, Slow) or "imed out" in text:
        return "too slow"
    return "unsupported" if any(word in text for word in UNKNOWN) else "failed"


def measure(endpoint, processes, cap, wanted, note):
    """All rows of one server: a row that has no right result says why."""
    run, results = Measurement(endpoint, processes, cap), {}
    for name, (_, measure_row) in ROWS.items():
        if name not in wanted:
            continue
        begun = time.perf_counter()
        try:
            results[name] = measure_row(run)
        except Exception as error:
            results[name] = {"failed": kind(error), "why": f"{type(error).__name__}: {error}"[:400]}
            run.bare = Bare(endpoint, cap + 10)
        note(name, results[name], time.perf_counter() - begun)
    return results


__all__ = ["ROWS", "Refused", "measure"]
