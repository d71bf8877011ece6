import unittest

from comparison import stats


class Percentiles(unittest.TestCase):
    def test_a_percentile_is_the_value_that_the_share_does_not_pass(self):
        ordered = list(range(1, 101))
        self.assertEqual(50, stats.percentile(ordered, 0.5))
        self.assertEqual(99, stats.percentile(ordered, 0.99))
        self.assertEqual(100, stats.percentile(ordered, 1))
        self.assertEqual(7, stats.percentile([7], 0.01))

    def test_a_tail_of_too_few_is_not_told(self):
        few = stats.latencies(range(400))
        some = stats.latencies(range(600))
        many = stats.latencies(range(10_000))
        self.assertEqual((199, None, None), (few["p50"], few["p99"], few["p999"]))
        self.assertEqual((593, None), (some["p99"], some["p999"]))
        self.assertEqual((9899, 9989), (many["p99"], many["p999"]))

    def test_nothing_has_no_latency(self):
        self.assertEqual({"p50": None, "p99": None, "p999": None}, stats.latencies([]))


class Summaries(unittest.TestCase):
    def test_ratios_are_taken_inside_a_round(self):
        # The machine was half as fast in the second round, for both.
        rounds = [
            {(("x",), "pgbouncer"): {"cpu": 20.0}, (("x",), "doorman"): {"cpu": 18.0}},
            {(("x",), "pgbouncer"): {"cpu": 40.0}, (("x",), "doorman"): {"cpu": 44.0}},
        ]
        row = stats.summary(rounds, "pgbouncer", {"ratio": "cpu"})[("x",), "doorman"]
        self.assertEqual((18.0, 31.0, 44.0), (row["cpu_low"], row["cpu"], row["cpu_high"]))
        self.assertAlmostEqual(0.9, row["ratio_low"])
        self.assertAlmostEqual(1.0, row["ratio"])
        self.assertAlmostEqual(1.1, row["ratio_high"])

    def test_a_round_without_the_base_has_no_ratio(self):
        rounds = [{((1,), "doorman"): {"cpu": 18.0}}, {((1,), "doorman"): {"cpu": 20.0}, ((1,), "pgbouncer"): {"cpu": 10.0}}]
        row = stats.summary(rounds, "pgbouncer", {"ratio": "cpu"})[(1,), "doorman"]
        self.assertEqual((2.0, 2.0), (row["ratio_low"], row["ratio_high"]))

    def test_a_base_of_nothing_has_no_ratio(self):
        rounds = [{((1,), "doorman"): {"each": 18.0}, ((1,), "pgbouncer"): {"each": 0.0}}]
        self.assertIsNone(stats.summary(rounds, "pgbouncer", {"ratio": "each"})[(1,), "doorman"]["ratio"])

    def test_a_figure_that_some_rounds_lack_is_the_median_of_the_others(self):
        rounds = [{((1,), "pgbouncer"): {"cpu": 1.0, "p99": value}} for value in (None, 4.0, 6.0)]
        self.assertEqual(5.0, stats.summary(rounds, "pgbouncer", {})[(1,), "pgbouncer"]["p99"])


if __name__ == "__main__":
    unittest.main()
