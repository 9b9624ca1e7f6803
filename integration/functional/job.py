"""One test as a process: its start, its end, what it left behind."""
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# Every process of a job inherits this variable and is found by it afterwards.
# Roles have an empty environment, but die with the supervisor that carries it.
TAG = "DASH_FUNCTIONAL_JOB"

# Port seeds of the framework; it uses 20 ports for each. Our own range keeps
# clear of what the tree's runner takes, which counts from 0.
SEEDS = range(130, 249)


class Seed:
    """A port seed which no other run on this machine holds."""

    def __init__(self):
        folder = os.path.join(tempfile.gettempdir(), f"dash-functional-{os.getuid()}")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        for n in SEEDS:
            lock = open(os.path.join(folder, f"seed.{n}"), "w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            self.number, self._lock = n, lock
            return
        raise RuntimeError("all port seeds are taken")

    def release(self):
        self._lock.close()


class Job:
    """A running test. poll() and stop() are called by one thread."""

    def __init__(self, run, entry, cache=None):
        self.entry, self.run = entry, run
        self.began = time.monotonic()
        self.tag = f"{os.getpid()}.{time.time_ns()}"
        slug = re.sub(r"[^\w.-]+", "_", entry)
        self.dir = os.path.join(run.tests, slug)
        self.own_cache = os.path.join(run.tests, slug + ".cache")
        self.out = os.path.join(run.logs, slug + ".stdout")
        self.err = os.path.join(run.logs, slug + ".stderr")
        self.seed = Seed()
        words = entry.split()
        command = [sys.executable, run.tree.script(entry), *words[1:],
                   f"--configfile={run.config}", f"--cachedir={cache or self.own_cache}",
                   f"--portseed={self.seed.number}", f"--tmpdir={self.dir}",
                   f"--timeout-factor={run.factor}", *run.extra]
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(command, env={**run.env, TAG: self.tag}, cwd=run.tests,
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            start_new_session=True)

    def poll(self):
        """Returns None while the job runs, then its result."""
        late = time.monotonic() - self.began > self.run.limit
        if self.process.poll() is None and not late:
            return None
        return self.finish("TIMEOUT" if self.process.returncode is None else "")

    def finish(self, stopped):
        """Ends what is left of the job; returns (status, seconds, reason)."""
        seconds = time.monotonic() - self.began
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        left = end_leftovers(self.tag)
        self.seed.release()
        status, reason = self._judge(stopped)
        if left:
            reason = f"{reason} ({left} processes left behind)".strip()
        if status == "FAIL":
            self._keep_logs()
        else:
            os.unlink(self.out)
            os.unlink(self.err)
        if not self.run.keep:
            shutil.rmtree(self.dir, ignore_errors=True)
        shutil.rmtree(self.own_cache, ignore_errors=True)
        return status, seconds, reason

    def _judge(self, stopped):
        out, err = _text(self.out), _text(self.err)
        if stopped:
            last = (out.splitlines() or [""])[-1]
            return "FAIL", one_line(f"{stopped} after {self.run.limit} s; last: {last}")
        code = self.process.returncode
        if code == 77:
            found = re.search(r"Test Skipped: (.*)", out)
            return "SKIP", one_line(found.group(1) if found else "")
        if code == 0 and not err:
            return "PASS", ""
        if code == 0:
            return "FAIL", one_line("stderr is not empty: " + err.strip().splitlines()[-1])
        return "FAIL", why(out, err)

    def _keep_logs(self):
        """Copies the tails of the nodes' logs beside the test's output."""
        base = os.path.splitext(self.out)[0]
        for folder, _, names in os.walk(self.dir):
            for name in names:
                if name not in ("debug.log", "test_framework.log"):
                    continue
                inside = os.path.relpath(os.path.join(folder, name), self.dir).replace(os.sep, "_")
                with open(os.path.join(folder, name), "rb") as src, open(f"{base}.{inside}", "wb") as dst:
                    src.seek(max(0, os.fstat(src.fileno()).st_size - (256 << 10)))
                    shutil.copyfileobj(src, dst)


def end_leftovers(tag):
    """Ends every process whose environment carries the tag; returns how many.

    The process is held by descriptor before its environment is read, so that a
    number which is used again in between cannot be hit.
    """
    needle = f"{TAG}={tag}".encode()
    ended = 0
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            process = os.pidfd_open(int(name))
        except OSError:
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as f:
                if needle in f.read().split(b"\0"):
                    signal.pidfd_send_signal(process, signal.SIGKILL)
                    ended += 1
        except OSError:
            pass
        finally:
            os.close(process)
    return ended


def why(out, err):
    """The cause in one line: the first exception and the test's line it rose from."""
    lines = out.splitlines()
    for i, line in enumerate(lines):
        if re.match(r"^[\w.]*(Error|Exception|Exit|Expired|Failed)\b", line):
            return one_line(line + _origin(lines[:i]))
    said = [line for line in (lines + err.splitlines()) if line.strip()]
    return one_line(said[-1] if said else "no output")


def _origin(lines):
    """The last statement of the traceback above that is not the framework's plumbing."""
    plumbing = ("authproxy.py", "coverage.py", "util.py")
    for i in range(len(lines) - 2, -1, -1):
        if lines[i].startswith("Traceback"):
            break
        frame = re.match(r'\s*File "(.*?)", line (\d+), in', lines[i])
        if frame and not frame.group(1).endswith(plumbing):
            return f" at {os.path.basename(frame.group(1))}:{frame.group(2)} {lines[i + 1].strip()}"
    return ""


def one_line(text):
    return re.sub(r"\s+", " ", text).strip()[:300]


def _text(path):
    with open(path, encoding="utf8", errors="replace") as f:
        return f.read()
