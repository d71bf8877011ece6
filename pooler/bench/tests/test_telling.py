import unittest

from comparison import operator, page, report, results, runner
from comparison.figures import RATIO, Column
from comparison.scenarios.scenario import Scenario
from comparison.scenarios.storm import felt
from comparison.pgbench import Transaction


class Example(Scenario):
    name = "example"
    keys = ("protocol", "clients")
    columns = (Column("cpu", "us/tx", ".1f"), Column("cpu", "spread", ".1f", spread=True), *RATIO, Column("calls", "calls/tx", ".1f"))


def row(clients, pooler, ratio=1.0, **more):
    return {"cell": ["simple", clients], "pooler": pooler, "cpu": 20.0, "cpu_low": 18.0, "cpu_high": 21.5, "ratio": ratio,
            "ratio_low": 0.9, "ratio_high": 1.1, **more}


class Tables(unittest.TestCase):
    def test_a_table_has_a_gap_between_cells_and_no_empty_columns(self):
        rows = [row(1, "pgbouncer"), row(1, "doorman-2"), row(40, "pgbouncer"), row(40, "doorman-2")]
        lines = report.table(Example(), rows).splitlines()
        self.assertEqual("protocol  clients  pooler     us/tx     spread  ratio     spread", lines[0])
        self.assertEqual("simple    1        doorman-2   20.0  18.0-21.5   1.00  0.90-1.10", lines[2])
        self.assertEqual("", lines[3])
        self.assertEqual(6, len(lines))

    def test_what_makes_a_number_unsafe_is_said(self):
        told = report.remarks([row(40, "doorman-2", compilers=2.0, longest_pause=7.5, starved=3), row(1, "doorman-2", compilers=0.5)])
        self.assertEqual(["JVM compilers took more than 5 % in: simple/40 doorman-2 10 %",
                          "pauses of the collector above 5 ms: simple/40 doorman-2 7.5 ms",
                          "clients without an answer 5 s after the end: simple/40 doorman-2 3"], told.splitlines())

    def test_only_ours_can_miss_the_mark_and_only_with_forty_clients(self):
        rows = [row(40, "doorman-2", 1.3), row(40, "doorman-1", 1.2), row(200, "doorman-2", 1.4), row(40, "pgbouncer-2", 2.0)]
        self.assertEqual(["MISSED simple/40 doorman-2: 1.30 x PgBouncer (mark 1.25)"], report.missed(rows, 1.25))

    def test_rows_are_the_cells_of_the_summary(self):
        self.assertEqual([{"cell": [1], "pooler": "a", "cpu": 2.0}], results.rows_of({((1,), "a"): {"cpu": 2.0}}))


class Turns(unittest.TestCase):
    def test_each_round_begins_with_another_pooler(self):
        self.assertEqual([["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]], [runner.turned(["a", "b", "c"], n) for n in range(4)])
        self.assertEqual([], runner.turned([], 1))


class Storms(unittest.TestCase):
    def test_a_transaction_belongs_to_the_storm_in_which_it_began(self):
        calm = [Transaction(10 + n / 1000, 1.0) for n in range(900)]
        hit = [Transaction(11 + n / 1000, 5.0) for n in range(1000)] + [Transaction(12.5, 800.0)]
        after = [Transaction(13 + n / 1000, 2.0) for n in range(100)]
        told = felt(calm + hit + after, 10.0, 11.0, 12.0)
        self.assertEqual((1.0, 5.0, 5.0, 800.0), (told["p99_before"], told["p99"], told["times"], told["worst"]))


class Pages(unittest.TestCase):
    told = {"scenario": "start", "title": "from exec to the first answer", "taken": "2026-11-30T16:20:31Z", "versions": ["PgBouncer 1.24.1"],
            "cpus": 2, "options": {"rounds": 1, "seconds": 4}, "rows": [{"cell": ["plain"], "pooler": "pgbouncer"}]}

    def test_what_stands_above_is_kept_and_what_was_written_before_is_not(self):
        told = page.joined(f"# Results\n\nBy hand.\n\n{page.BEGIN}\n\n## old", [self.told], ["start-ready.png", "tls-cpu.png"])
        self.assertTrue(told.startswith(f"# Results\n\nBy hand.\n\n{page.BEGIN}\n\n## start: from exec"))
        self.assertNotIn("old", told)
        self.assertIn("2026-11-30 16:20 UTC; PgBouncer 1.24.1; 2 CPUs; 1 round, 4 s each.", told)
        self.assertIn("![start-ready](plots/start-ready.png)", told)
        self.assertNotIn("tls-cpu", told)


class OperatorTold(unittest.TestCase):
    def test_pods_come_in_their_order_and_bytes_as_mebibytes(self):
        figures = {
            "liveHeapBytes": 30 << 20, "liveHeapBytesBesideForeignSecrets": 31 << 20, "foreignSecrets": 400, "cpuMicrosOfAPass": 812.4,
            "restSeconds": 32, "restReads": 0, "restWrites": 0, "changeCpuMillis": 21.4, "changePasses": 3.0, "changeReads": 0.5,
            "changeWrites": 4.0, "restartMillis": 3900,
            **{f"{name}MillisP{percent}": 100 + percent for name in ("change", "secret", "with10Pods", "with2Pods") for percent in (50, 99)}}
        told = operator.table(figures).splitlines()
        self.assertEqual("live heap                           30.0 MiB, 31.0 MiB beside 400 Secrets of others", told[0])
        self.assertEqual("each change costs                   21 ms of CPU, 3.0 passes, 0.5 reads, 4.0 writes", told[4])
        self.assertEqual("apply to ConfigApplied, 2 pods      p50 150 ms, p99 199 ms", told[6])
        self.assertEqual("apply to ConfigApplied, 10 pods     p50 150 ms, p99 199 ms", told[7])


if __name__ == "__main__":
    unittest.main()
