"""Runs the cases of events/ on a deployed stack and on Batuta, and compares what came of them.

Called by scripts/deploy-check, which starts the emulator and deploys the stack. A case can be compared when its input alone
decides it: those that mock a task, set a function's environment or look into the services are Batuta's own.
"""

import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse

import boto3
from botocore.config import Config

LOCAL_ACCOUNT = "123456789012"
# What only Batuta's own runner can set.
NOT_COMPARABLE = {"mock", "before", "environment", "parameters"}
PATIENCE = 90.0

# Cases share the services of the one deployment. What a case must have for itself gets a name of its own there.
OWN = {"delivery": ("order_id", "item")}

# What this emulator can't do, found by trying it: a pattern of `machine/case place resources`, and why.
CAN_NOT = [
    (r"^task-timer/fraction ", "the emulator cuts what States.MathAdd is given; AWS's documentation says that it is rounded"),
    (r"apigateway:invoke", "the emulator has no apigateway:invoke, and ignores Catch on Parallel"),
    (r"ecs:runTask\.sync", "the emulator's tasks never end (ecs:runTask.sync fails after 608 s)"),
]


def service(name, **config):
    return boto3.client(name, config=Config(inject_host_prefix=False, retries={"max_attempts": 3}, **config))


class Stack:
    """The deployed stack."""

    def __init__(self, name):
        cloudformation = service("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        self.resources = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
        }
        self.account = service("sts").get_caller_identity()["Account"]
        self.name = name

    def rewrite(self, text):
        """An input as it is for Batuta, with the names of this stack's resources."""

        def resource(found):
            return self.resources.get(found.group(1), found.group(0))

        arn = rf"arn:aws:[a-z0-9-]+:us-east-1:{LOCAL_ACCOUNT}:{re.escape(self.name)}-([A-Za-z0-9]+)"
        return re.sub(arn, resource, text)


def own_names(machine, text, mark):
    """An input whose names are its own: no other case of the same deployment has used them."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    for member in OWN.get(machine, ()):
        name = value.get(member) if isinstance(value, dict) else None
        if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,50}", name):
            value[member] = name + mark
    return json.dumps(value, ensure_ascii=False)


class Approver:
    """Answers the approvals of the stock trade as a person with the mail would."""

    def __init__(self, stack):
        self.sqs, self.lambdas = service("sqs", read_timeout=30), service("lambda")
        self.function = stack.resources["AnswerApprovalFunction"]
        self.event = json.loads(pathlib.Path("events/functions/answer-approval.json").read_text())
        self.queue = self.sqs.create_queue(QueueName="deploy-check-mailbox")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        service("sns").subscribe(TopicArn=stack.resources["ApprovalTopic"], Protocol="sqs", Endpoint=arn)
        self.wanted = {}
        self.done = threading.Event()
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while not self.done.is_set():
            messages = self.sqs.receive_message(QueueUrl=self.queue, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            for message in messages.get("Messages", []):
                self.answer(json.loads(message["Body"])["Message"])
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])

    def answer(self, mail):
        links = dict(re.findall(r"^\s*(Approve|Reject): (https?://\S+)$", mail, re.MULTILINE))
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(links["Approve"]).query))
        decision = self.wanted.get(query.get("execution"), "approve")
        query["decision"] = decision
        event = dict(
            self.event,
            httpMethod="POST",
            queryStringParameters=query,
            multiValueQueryStringParameters={key: [value] for key, value in query.items()},
        )
        event["requestContext"] = dict(self.event["requestContext"], httpMethod="POST")
        self.lambdas.invoke(FunctionName=self.function, Payload=json.dumps(event))


def cases(folder):
    """(machine, case, input path, expectation) of every case that can be compared, and how many can't."""
    found, left_out = [], {}
    for path in sorted(folder.glob("*/*.expect.json")):
        expectation = json.loads(path.read_text())
        machine, case = path.parent.name, path.name.removesuffix(".expect.json")
        if NOT_COMPARABLE & expectation.keys() or expectation.get("answer") == "nobody":
            left_out[machine] = left_out.get(machine, 0) + 1
        else:
            found.append((machine, case, path.parent / f"{case}.json", expectation))
    return found, left_out


def on_batuta(batuta, path, machine, expectation):
    command = [batuta, "run", machine, "--input", str(path), "--json", "--time", expectation.get("time", "skip")]
    command += ["--answer", expectation.get("answer", "approve")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if run.returncode == 2:
        raise RuntimeError(f"batuta could not run {path}: {run.stderr}")
    history = json.loads(subprocess.run([batuta, "history", "--json"], capture_output=True, text=True, check=True).stdout)
    last = history["events"][-1]
    status = {"ExecutionSucceeded": "SUCCEEDED", "ExecutionFailed": "FAILED", "ExecutionTimedOut": "TIMED_OUT"}.get(
        last["type"], "ABORTED"
    )
    details = next((value for key, value in last.items() if key.endswith("EventDetails")), {})
    visited = [
        event["stateEnteredEventDetails"]["name"] for event in history["events"] if "stateEnteredEventDetails" in event
    ]
    output = json.loads(details["output"]) if "output" in details else None
    return {"status": status, "output": output, "error": details.get("error"), "cause": details.get("cause")}, visited


def on_emulator(states, arn, express, text, name, approver, answer):
    if approver and answer:
        approver.wanted[name] = answer
    if express:
        reply = states.start_sync_execution(stateMachineArn=arn, input=text, name=name)
    else:
        started = states.start_execution(stateMachineArn=arn, input=text, name=name)["executionArn"]
        deadline = time.monotonic() + PATIENCE
        while True:
            reply = states.describe_execution(executionArn=started)
            if reply["status"] != "RUNNING":
                break
            if time.monotonic() > deadline:
                return {"status": f"RUNNING after {PATIENCE:.0f} s", "output": None, "error": None, "cause": None}
            time.sleep(0.25)
    output = json.loads(reply["output"]) if reply.get("output") else None
    return {"status": reply["status"], "output": output, "error": reply.get("error"), "cause": reply.get("cause")}


# What differs from run to run, or from stack to stack.
NORMAL = [
    (r"arn:aws:[a-z0-9-]*:[a-z0-9-]*:\d*:[^\s\"',]+", "<arn>"),
    (r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", "<uuid>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "<time>"),
    (r"\b[0-9a-fA-F]{16,}\b", "<hex>"),
    # Made of the order's name and of the execution's.
    (r"\bBR[0-9A-F]{12}\b", "<tracking code>"),
    (r"deploy-check-[A-Za-z0-9-]+|<uuid>", "<name>"),
]


def normal(value, stack):
    if isinstance(value, dict):
        return {key: normal(inner, stack) for key, inner in value.items()}
    if isinstance(value, list):
        return [normal(inner, stack) for inner in value]
    if not isinstance(value, str):
        return value
    if value[:1] in "{[":
        try:
            return normal(json.loads(value), stack)
        except ValueError:
            pass
    value = re.sub(rf"arn:aws:[a-z0-9-]+:us-east-1:{LOCAL_ACCOUNT}:{re.escape(stack.name)}-([A-Za-z0-9]+)", r"<\1>", value)
    for logical, physical in stack.resources.items():
        if len(physical) > 6:
            value = value.replace(physical, f"<{logical}>")
        for name in (f"{stack.name}-{logical}", f"{stack.name}-{logical}".lower()):
            value = re.sub(rf"{re.escape(name)}(?![A-Za-z0-9])", f"<{logical}>", value)
    for pattern, word in NORMAL:
        value = re.sub(pattern, word, value)
    return value


def differences(here, there, place=""):
    """Every place where two values differ."""
    if isinstance(here, dict) and isinstance(there, dict):
        for key in here.keys() | there.keys():
            if key not in here or key not in there:
                yield f"{place}/{key}", here.get(key, "(none)"), there.get(key, "(none)")
            else:
                yield from differences(here[key], there[key], f"{place}/{key}")
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for index, (left, right) in enumerate(zip(here, there)):
            yield from differences(left, right, f"{place}/{index}")
    elif here != there:
        yield place, here, there


def explain(machine, case, visited, definition, place):
    """Why the emulator can't do it as AWS does, or None."""
    resources = []

    def walk(flow):
        for name, state in flow.get("States", {}).items():
            if name in visited:
                resources.append(state.get("Resource", ""))
            for branch in state.get("Branches", []):
                walk(branch)

    walk(definition)
    subject = f"{machine}/{case} {place} " + " ".join(resources)
    return next((reason for pattern, reason in CAN_NOT if re.search(pattern, subject)), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batuta", required=True)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("--only", default="", help="machine or machine/case")
    arguments = parser.parse_args()

    stack = Stack(arguments.stack)
    states = service("stepfunctions", read_timeout=int(PATIENCE) + 30, max_pool_connections=20)
    machines = {}
    for machine in json.loads(
        subprocess.run([arguments.batuta, "list", "--json"], capture_output=True, text=True, check=True).stdout
    )["stateMachines"]:
        arn = stack.resources.get(machine["logicalId"])
        if arn is None:
            sys.exit(f"{machine['logicalId']} was not deployed")
        machines[machine["name"]] = (arn, machine["type"] == "EXPRESS", json.loads(pathlib.Path(machine["definition"]).read_text()))
    approver = Approver(stack)
    wanted, left_out = cases(pathlib.Path("events"))
    wanted = [case for case in wanted if f"{case[0]}/{case[1]}".startswith(arguments.only)]

    # Each case's mark in names that must be its own.
    marks = {case[:2]: f"-{time.time_ns() // 10**6 % 10**6}{index}" for index, case in enumerate(wanted)}

    def there(case):
        machine, name, path, expectation = case
        arn, express, _ = machines[machine]
        text = own_names(machine, stack.rewrite(path.read_text()), marks[case[:2]])
        execution = re.sub(r"[^A-Za-z0-9-]", "-", f"deploy-check-{name}-{time.time_ns() % 10**9}")[:80]
        try:
            return on_emulator(states, arn, express, text, execution, approver, expectation.get("answer"))
        except Exception as error:  # an emulator may fail in any way; the table says how
            return {"status": f"{type(error).__name__}: {error}"[:120], "output": None, "error": None, "cause": None}

    # Trades share one account: first those that find too little in it, and one after the other.
    trades = sorted((case for case in wanted if case[0] == "stock-trading"), key=lambda case: "insufficient" not in case[1])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        trading = pool.submit(lambda: {case[:2]: there(case) for case in trades})
        others = [case for case in wanted if case[0] != "stock-trading"]
        far = dict(zip((case[:2] for case in others), pool.map(there, others)))
        far.update(trading.result())
    rows, unexplained = [], 0
    for case in wanted:
        machine, name, path, expectation = case
        emulator = json.loads(json.dumps(far[case[:2]]).replace(marks[case[:2]], ""))
        here, visited = on_batuta(arguments.batuta, path, machine, expectation)
        if here["status"] != "SUCCEEDED":
            # AWS gives a failed execution no output; this emulator repeats the error there.
            emulator["output"] = None
        found = sorted(differences(normal(here, stack), normal(emulator, stack)), key=lambda difference: difference[0])
        if not found:
            rows.append((machine, name, here["status"], emulator["status"], "equal", ""))
            continue
        reason = explain(machine, name, visited, machines[machine][2], found[0][0])
        if emulator["status"].startswith("RUNNING"):
            reason = reason or "its time can't be moved: it still waits"
        unexplained += reason is None
        shown = "; ".join(f"{place or 'all'}: {left!r} here, {right!r} there" for place, left, right in found[:4])
        rows.append((machine, name, here["status"], emulator["status"], "explained" if reason else "DIFFERENT", reason or shown[:400]))
    approver.done.set()

    lines = ["| machine | case | Batuta | emulator | status, output, error, cause | why |", "|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    count = {word: sum(row[4] == word for row in rows) for word in ("equal", "explained", "DIFFERENT")}
    lines.append("")
    lines.append(
        f"{len(rows)} executions compared: {count['equal']} equal, {count['explained']} explained by what the emulator "
        f"can't do, {count['DIFFERENT']} unexplained. Not comparable, because the case mocks a task or sets up the "
        "services: " + (", ".join(f"{number} of {machine}" for machine, number in sorted(left_out.items())) or "none") + "."
    )
    print("\n".join(lines))
    if arguments.report:
        arguments.report.write_text("\n".join(lines) + "\n")
    sys.exit(1 if unexplained or not rows else 0)


if __name__ == "__main__":
    main()
