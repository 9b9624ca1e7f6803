"""hack/functional: Dash Core's functional suite against our programs."""
import argparse
import configparser
import os
import shutil
import subprocess
import sys
import tempfile
import time

import report
from job import Job
from suite import CACHE_TEST, HERE, Categories, Tree, UserError, read_results, select

ROOT = os.path.dirname(os.path.dirname(HERE))

# What our programs offer. The names are those that Dash Core's configure writes;
# a component that is absent here makes the suite skip its tests.
COMPONENTS = {"ENABLE_BITCOIND": "true", "ENABLE_CLI": "true", "ENABLE_WALLET": "true",
              "USE_SQLITE": "true", "ENABLE_WALLET_TOOL": "true", "ENABLE_UTIL_TOOL": "true",
              "ENABLE_EXTERNAL_SIGNER": "true"}

EPILOG = """A word is a script's name (feature_help, "rpc_bind.py --ipv4", 'interface_*') or
@CATEGORY, a prefix of the categories in integration/functional/categories.tsv
(@A, @A1, @F). None means the base list. An entry passes if it exits with 0 and
says nothing on stderr. Exit codes: 0 all passed or were skipped, 1 something
failed, 2 it could not run."""


def arguments(argv):
    p = argparse.ArgumentParser(prog="hack/functional", epilog=EPILOG,
                                formatter_class=argparse.RawDescriptionHelpFormatter,
                                description="Runs the functional suite of a Dash Core source tree, unmodified, "
                                            "against our programs.")
    p.add_argument("tree", metavar="SRC_TREE", help="a Dash Core source tree; nothing is written into it")
    p.add_argument("tests", metavar="TEST|@CATEGORY", nargs="*")
    p.add_argument("-j", "--jobs", type=int, default=2, help="tests at a time (%(default)s)")
    p.add_argument("-t", "--timeout", type=int, default=300, help="seconds per test (%(default)s)")
    p.add_argument("-f", "--timeout-factor", type=float, default=1, help="factor for the framework's own time-outs")
    p.add_argument("-o", "--output", metavar="FILE", help="results as TSV (out/functional/TIME/results.tsv); logs of failures go to FILE with .logs")
    p.add_argument("--bin", metavar="DIR", help="use the programs in DIR instead of building ours")
    p.add_argument("--node", default="dash-node", help="the node's program in that directory (%(default)s)")
    p.add_argument("--budget", type=int, default=0, metavar="SECONDS", help="start no further test after this time")
    p.add_argument("--baseline", default=os.path.join(HERE, "baseline.tsv"), metavar="FILE",
                   help="results to compare with (integration/functional/baseline.tsv)")
    p.add_argument("--keep", action="store_true", help="keep the data directories of the tests")
    p.add_argument("--list", action="store_true", help="print the selected entries and leave")
    p.add_argument("--dashd-arg", action="append", default=[], metavar="ARG", help="a further argument for every node")
    return p.parse_intermixed_args(argv)


class Run:
    """What all jobs of one run share; see job.py for what they read."""

    def __init__(self, tree, work, logs, bin_dir, a):
        self.tree, self.limit, self.factor, self.keep = tree, a.timeout, a.timeout_factor, a.keep
        self.extra = [f"--dashd-arg={x}" for x in a.dashd_arg]
        # Like the tree's own runner, data directories have names that are not ASCII.
        self.tests = os.path.join(work, "tests_∋_🏃")
        self.logs = logs
        self.build = os.path.join(work, "build")
        for d in (self.tests, os.path.join(self.build, "test"), os.path.join(work, "python")):
            os.makedirs(d, exist_ok=True)
        self.config = os.path.join(self.build, "test", "config.ini")
        self.env = self._environment(work, bin_dir, a.node)
        self._write_config(bin_dir)
        build_hash_module(os.path.join(work, "python"))

    def _environment(self, work, bin_dir, node):
        env = dict(os.environ)
        env.pop("PREVIOUS_RELEASES_DIR", None)
        env.update(DASHD=os.path.join(bin_dir, node), DASHCLI=os.path.join(bin_dir, "dash-cli"),
                   DASHUTIL=os.path.join(bin_dir, "dash-util"), DASHWALLET=os.path.join(bin_dir, "dash-wallet"),
                   PYTHONPATH=os.path.join(work, "python"), PYTHONDONTWRITEBYTECODE="1",
                   REQUIRE_WALLET_TYPE_SET="1", LC_ALL="C.UTF-8")
        return env

    def _write_config(self, bin_dir):
        """Writes the config.ini that a build of the tree would have made."""
        # The framework puts BUILDDIR/src in front of PATH.
        os.symlink(bin_dir, os.path.join(self.build, "src"))
        c = configparser.ConfigParser()
        c.optionxform = str
        c["environment"] = {"PACKAGE_NAME": "Dash Core",
                            "PACKAGE_BUGREPORT": "https://github.com/dashpay/dash/issues",
                            "SRCDIR": self.tree.path, "BUILDDIR": self.build, "EXEEXT": "",
                            "RPCAUTH": os.path.join(self.tree.path, "share", "rpcauth", "rpcauth.py")}
        c["components"] = COMPONENTS
        with open(self.config, "w", encoding="utf8") as f:
            c.write(f)


def build_hash_module(folder):
    """Builds the Python module dash_hash from our X11 and tries it."""
    env = dict(os.environ, CGO_ENABLED="1")
    library = os.path.join(folder, "libdashhash.so")
    subprocess.run(["go", "build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-o", library,
                    "./integration/functional/dashhash"], cwd=ROOT, env=env, check=True)
    shutil.copy(os.path.join(HERE, "dashhash", "dash_hash.py"), folder)
    # The genesis block of the main network, whose hash starts with 00000ffd.
    header = ("01000000" + "00" * 32 + "c762a6567f3cc092f0684bb62b7e00a84890b990f07cc71a6bb58d64b98e02e0"
              + "022ddb52f0ff0f1ec23fb901")
    code = f"import dash_hash; print(dash_hash.getPoWHash(bytes.fromhex('{header}'))[::-1].hex())"
    got = subprocess.run([sys.executable, "-B", "-c", code], env=dict(os.environ, PYTHONPATH=folder),
                         check=True, capture_output=True, text=True).stdout.strip()
    if got != "00000ffd590b1485b3caadc19b22e6379c733355108f107a430458cdf3407ab6":
        raise UserError(f"the module dash_hash gives {got} for the genesis block")


def build_programs():
    subprocess.run([os.path.join(ROOT, "hack", "build")], check=True)
    return os.path.join(ROOT, "bin")


def build_cache(run, results):
    """Lets the node build the chain that most tests copy; None if it cannot."""
    cache = os.path.join(run.build, "test", "cache")
    job = Job(run, CACHE_TEST, cache)
    while (result := job.poll()) is None:
        time.sleep(.05)
    results.add(CACHE_TEST, *result)
    if result[0] == "PASS":
        return cache
    shutil.rmtree(cache, ignore_errors=True)
    print("the shared chain could not be built; each test that needs it tries (and fails) for itself", flush=True)
    return None


def run_all(run, results, entries, jobs, budget):
    """Runs the entries, at most jobs at a time."""
    began = time.monotonic()
    cache = build_cache(run, results)
    queue, running = list(entries), []
    try:
        while queue or running:
            if budget and queue and time.monotonic() - began > budget:
                for entry in queue:
                    results.add(entry, "NOTRUN", 0, "the budget is spent")
                queue = []
            while queue and len(running) < jobs:
                running.append(Job(run, queue.pop(0), cache))
            time.sleep(.05)
            for job in list(running):
                if (result := job.poll()) is not None:
                    running.remove(job)
                    results.add(job.entry, *result)
    finally:
        # After an interrupt or a fault nothing may stay behind.
        for job in running:
            results.add(job.entry, *job.finish("STOPPED"))


def main(argv):
    a = arguments(argv)
    tree, categories = Tree(a.tree), Categories()
    entries = select(tree, categories, a.tests)
    if a.list:
        for e in entries:
            print(f"{categories.get(e)}\t{e}")
        return 0
    if a.jobs < 1:
        raise UserError("-j must be at least 1")
    bin_dir = os.path.abspath(a.bin) if a.bin else build_programs()
    if not os.access(os.path.join(bin_dir, a.node), os.X_OK):
        raise UserError(f"{bin_dir} has no program {a.node}")
    baseline = read_results(a.baseline)
    output = a.output or os.path.join(ROOT, "out", "functional", time.strftime("%Y%m%d-%H%M%S"), "results.tsv")
    logs = os.path.splitext(os.path.abspath(output))[0] + ".logs"
    os.makedirs(logs, exist_ok=True)
    # Paths of sockets and of data directories should stay short.
    work = tempfile.mkdtemp(prefix="dash-functional.")
    results = report.Results(output, categories)
    try:
        run = Run(tree, work, logs, bin_dir, a)
        run_all(run, results, entries, a.jobs, a.budget)
    finally:
        results.close()
        if a.keep:
            print(f"the data directories are in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    print("\n" + report.table(results, categories, baseline))
    print("\n" + report.comparison(results, baseline))
    print(f"\nresults: {results.path}\nlogs of failures: {logs}")
    return 1 if results.count("FAIL") else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (UserError, subprocess.CalledProcessError) as e:
        print(f"hack/functional: {e}\nhint: hack/functional --help", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
