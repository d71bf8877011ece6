import unittest

import limits


def result(benchmark, score, **params):
    one = {"benchmark": benchmark, "secondaryMetrics": {"gc.alloc.rate.norm": {"score": score}}}
    return {**one, "params": params} if params else one


class Limits(unittest.TestCase):
    def test_benchmarks_are_known_by_class_method_and_parameter(self):
        told = limits.told_in([result("io.pgdoorman.bench.TextScan.scan", 0.01, times="20"), result("a.b.Lending.handOver", 160.0)])
        self.assertEqual({"TextScan.scan:20": 0.01, "Lending.handOver": 160.0}, told)

    def test_what_is_above_unknown_or_missing_is_a_fault(self):
        kept = limits.limits_in("# why\nA.a 16  # a note\nB.b 0\nD.d 8\n")
        self.assertEqual(
            ["A.a: 24.0 bytes per operation, at most 16 are allowed", "C.c: 1.0 bytes per operation, no limit is kept",
             "D.d: has a limit and was not measured"],
            limits.faults({"A.a": 24.0, "B.b": 0.3, "C.c": 1.0}, kept))

    def test_what_is_within_is_none(self):
        self.assertEqual([], limits.faults({"A.a": 16.9}, {"A.a": 16.0}))


if __name__ == "__main__":
    unittest.main()
