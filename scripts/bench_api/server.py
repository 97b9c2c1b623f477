"""Servers that are started for a measurement, and what they cost. Linux only: it reads /proc."""

import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .client import Bare

# A server that does not answer after that many seconds is given up.
PATIENCE = 120


class Failed(Exception):
    """The server did not start."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(endpoint):
    try:
        return "stateMachines" in Bare(endpoint, 5).call("ListStateMachines", {})
    except Exception:
        return False


class Processes:
    """A process and all that it started."""

    def __init__(self, pid):
        self.pid = pid

    def all(self):
        if self.pid is None:
            return []
        children = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    # The name of the program is in parentheses and may hold spaces.
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
                children.setdefault(parent, []).append(int(entry.name))
        found, open_ends = [], [self.pid]
        while open_ends:
            pid = open_ends.pop()
            found.append(pid)
            open_ends += children.get(pid, [])
        return found

    def cpu_ms(self):
        """CPU time so far, in milliseconds, of all threads: to the nanosecond, where /proc counts in hundredths of a second."""
        if self.pid is None:
            return None
        total = 0
        for pid in self.all():
            try:
                # The number of a process's CPU clock, as clock_getcpuclockid(3) makes it.
                total += time.clock_gettime_ns(~pid << 3 | 2)
            except OSError:
                continue
        return total / 1e6

    def memory_mb(self):
        """What is resident, in megabytes of 10^6 bytes."""
        total = 0
        for pid in self.all():
            try:
                pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
            except OSError:
                continue
            total += pages * os.sysconf("SC_PAGE_SIZE")
        return total / 1e6 if self.pid is not None else None


class Server:
    """A server of one's own: started with a command in which {port} and {data} are filled in."""

    def __init__(self, command, log):
        self.command, self.log = command, log
        self.folder = tempfile.mkdtemp(prefix="bench-api-")
        self.process = None

    def start(self):
        """Starts it, and gives the seconds until its first answer. Again after `stop`: with the same data."""
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        words = shlex.split(self.command.format(port=port, data=os.path.join(self.folder, "data")))
        begun = time.perf_counter()
        self.process = subprocess.Popen(words, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, start_new_session=True)
        while not answers(self.endpoint):
            if self.process.poll() is not None:
                raise Failed(f"{words[0]} ended with {self.process.returncode}")
            if time.perf_counter() - begun > PATIENCE:
                raise Failed(f"{words[0]} did not answer within {PATIENCE} s")
            time.sleep(0.0005)
        return time.perf_counter() - begun

    def processes(self):
        return Processes(self.process.pid)

    def stop(self):
        """Ends its whole process group, which is its own."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
                self.process.wait(10)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue

    def remove(self):
        if self.process is not None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
