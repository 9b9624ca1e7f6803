"""What the suite consists of: entries of a source tree, categories, baseline."""
import ast
import fnmatch
import os

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE_TEST = "create_cache.py"


class UserError(Exception):
    """Something the caller can put right; the text says what."""


class Tree:
    """A Dash Core source tree. Nothing is ever written into it."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.functional = os.path.join(self.path, "test", "functional")
        runner = os.path.join(self.functional, "test_runner.py")
        if not os.path.isfile(runner):
            raise UserError(f"{path} is not a Dash Core source tree: {runner} does not exist")
        with open(runner, encoding="utf8") as f:
            lists = _script_lists(f.read())
        if not lists.get("BASE_SCRIPTS"):
            raise UserError(f"{runner} has no list BASE_SCRIPTS")
        self.base = lists["BASE_SCRIPTS"]
        self.extended = lists.get("EXTENDED_SCRIPTS", [])

    def script(self, entry):
        """Returns the path of an entry's script."""
        return os.path.join(self.functional, entry.split()[0])


def _script_lists(source):
    """Reads the two lists as data: the tree's own runner is not executed."""
    found = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if node.targets[0].id in ("BASE_SCRIPTS", "EXTENDED_SCRIPTS"):
            found[node.targets[0].id] = list(ast.literal_eval(node.value))
    return found


class Categories:
    """categories.tsv: entry → category, and the categories' titles."""

    def __init__(self):
        self.of, self.title = {}, {}
        for row in read_tsv(os.path.join(HERE, "categories.tsv")):
            if row[0].startswith("@"):
                self.title[row[0][1:]] = row[1]
            else:
                self.of[row[0]] = row[1]

    def get(self, entry):
        return self.of.get(entry, "-")


def read_tsv(path):
    """Returns the rows of a file of tab-separated values without # lines."""
    with open(path, encoding="utf8") as f:
        return [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]


def read_results(path):
    """Returns entry → (status, seconds) of a file of results."""
    out = {}
    for row in read_tsv(path):
        if len(row) >= 3 and row[0] not in ("test", CACHE_TEST):
            out[row[0]] = (row[1], float(row[2]))
    return out


def select(tree, categories, wanted):
    """Returns the entries that the words name, in the order of the words.

    A word is @CATEGORY (a prefix), a script's name with or without .py, a
    pattern, or a whole entry with its arguments. No word means the base list.
    """
    if not wanted:
        return list(tree.base)
    chosen = []
    for word in wanted:
        hits = _matches(tree, categories, word)
        if not hits:
            raise UserError(f"no entry of the suite is called {word!r}")
        chosen += [h for h in hits if h not in chosen]
    return chosen


def _matches(tree, categories, word):
    if word.startswith("@"):
        return [e for e in tree.base if categories.get(e).startswith(word[1:])]
    every = tree.base + tree.extended
    name, _, arguments = word.partition(" ")
    if not name.endswith((".py", "*")):
        name += ".py"
    if not arguments:
        return [e for e in every if fnmatch.fnmatch(e.split()[0], name)]
    entry = f"{name} {arguments}"
    if entry in every or any(e.split()[0] == name for e in every):
        return [entry]
    return []
