"""Results as a file, as a table by category, and against the baseline."""
from suite import CACHE_TEST

HEADER = "test\tstatus\tseconds\tcategory\treason\n"


class Results:
    """Collects results and writes each one out as soon as it is known."""

    def __init__(self, path, categories):
        self.rows = []  # (entry, status, seconds, reason)
        self.categories = categories
        self.path = path
        self._file = open(path, "w", encoding="utf8")
        self._file.write(HEADER)

    def add(self, entry, status, seconds, reason):
        self.rows.append((entry, status, seconds, reason))
        self._file.write(f"{entry}\t{status}\t{seconds:.1f}\t{self.categories.get(entry)}\t{reason}\n")
        self._file.flush()
        print(f"{status:6} {seconds:6.1f}s  {entry}" + (f"  ({reason})" if reason else ""), flush=True)

    def close(self):
        self._file.close()

    def tests(self):
        return [r for r in self.rows if r[0] != CACHE_TEST]

    def count(self, status):
        return sum(1 for r in self.tests() if r[1] == status)


def table(results, categories, baseline):
    """Returns the table by category: ours beside what passed in the baseline."""
    by = {}
    for entry, status, _, _ in results.tests():
        by.setdefault(categories.get(entry), []).append((entry, status))
    lines = [f"{'':4}{'category':52}{'run':>5}{'pass':>6}{'fail':>6}{'skip':>6}{'not run':>9}{'baseline pass':>15}"]
    total = [0] * 6
    for name in sorted(by):
        entries = by[name]
        counts = [len(entries)] + [sum(1 for e in entries if e[1] == s) for s in ("PASS", "FAIL", "SKIP", "NOTRUN")]
        counts.append(sum(1 for e in entries if baseline.get(e[0], ("",))[0] == "PASS"))
        total = [a + b for a, b in zip(total, counts)]
        lines.append(_row(name, categories.title.get(name, "not in categories.tsv"), counts))
    lines.append(_row("", "all", total))
    return "\n".join(lines)


def _row(name, title, n):
    return f"{name:4}{title:52}{n[0]:5}{n[1]:6}{n[2]:6}{n[3]:6}{n[4]:9}{n[5]:15}"


def comparison(results, baseline):
    """Returns what differs from the baseline, entry by entry."""
    worse, better, new = [], [], []
    for entry, status, _, reason in results.tests():
        if status == "NOTRUN":
            continue
        if entry not in baseline:
            new.append(f"  {entry}: {status}")
        elif baseline[entry][0] == "PASS" and status != "PASS":
            worse.append(f"  {entry}: {status}" + (f" ({reason})" if reason else ""))
        elif baseline[entry][0] != "PASS" and status == "PASS":
            better.append(f"  {entry}: {baseline[entry][0]} in the baseline")
    out = []
    for title, rows in (("passes in the baseline, not here", worse), ("passes here, not in the baseline", better),
                        ("not in the baseline", new)):
        if rows:
            out.append(f"{title} ({len(rows)}):")
            out += rows
    return "\n".join(out) if out else "no difference from the baseline"
