import tempfile
import unittest
from pathlib import Path

from comparison import calls, footprint, pauses, usage, window, wire
from comparison.failures import Failed
from comparison.loader import result_of
from comparison.pgbench import Transaction, logged
from comparison.poolers import Target


class WhatProgramsSay(unittest.TestCase):
    def test_a_line_of_pgbench_log_has_the_latency_and_its_end(self):
        self.assertEqual(Transaction(1700000000.25, 1.5), logged("3 17 1500 0 1700000000 250000\n"))
        self.assertEqual(Transaction(1700000000.25, 1.5), logged("3 17 1500 0 1700000000 250000 412\n"))

    def test_progress_lines_of_both_programs_are_understood(self):
        for line in ("progress: 2.0 s, 15321.4 tps, lat 2.606 ms stddev 1.203, 0 failed", "progress: 2.001 s, 15321.4 tps"):
            found = window.PROGRESS.match(line)
            self.assertEqual(15321.4, float(found[2]))

    def test_the_result_of_the_load_program_is_its_last_line(self):
        self.assertEqual({"logins": 3}, result_of(["progress: 1.0 s, 2.0 tps\n", '{"logins": 3}\n']))
        with self.assertRaises(Failed):
            result_of(["progress: 1.0 s, 2.0 tps\n"])
        with self.assertRaises(Failed):
            result_of([])

    def test_perf_tells_calls_of_each_kind_or_that_it_cannot_count(self):
        all_calls, some = "794421,,raw_syscalls:sys_enter,29,100.00,,\n", "{},,syscalls:sys_enter_{},29,100.00,,\n"
        others = some.format(1200, "epoll_wait") + some.format(34, "epoll_pwait2") + some.format(7, "epoll_ctl")
        self.assertEqual(calls.Count(794421, 1234, 7), calls.by_events("# started\n\n" + all_calls + others))
        self.assertIsNone(calls.by_events("<not supported>,,raw_syscalls:sys_enter,0,100.00,,\n" + others))
        self.assertIsNone(calls.by_events(all_calls))

    def test_strace_tells_calls_of_each_kind_with_and_without_errors(self):
        head = "% time     seconds  usecs/call     calls    errors syscall\n"
        row = " 52.00    0.000210           2       105           {}\n"
        rows = row.format("sendto") + row.format("epoll_ctl") + " 30.00    0.000110           2       106         4 epoll_pwait2\n"
        for total in ("100.00    0.000410           1       316        12 total\n", "100.00    0.000410           1       316           total\n",
                      "100.00    0.000410                   316        12 total\n"):
            self.assertEqual(calls.Count(316, 106, 105), calls.by_names(head + rows + total))
        self.assertEqual(calls.Count(), calls.by_names(""))

    def test_memory_is_the_process_own_or_of_files(self):
        self.assertEqual({"anonymous": 40.0, "files": 24.0}, footprint.memory_in(
            "55d0-7ffe ---p 00000000 00:00 0    [rollup]\nRss:               65536 kB\nPss_Anon:  1 kB\nAnonymous:         40960 kB\n"))

    def test_classes_come_from_the_cache_or_not(self):
        log = ("java.lang.Object source: shared objects file\nio.netty.Foo source: shared objects file (top)\n"
               "a.b.C$$Lambda/0x01 source: a.b.C\na.b.D source: file:/opt/pooler/lib/pooler-1.jar\n")
        self.assertEqual({"classes": 4, "classes-not-in-cache": 2}, footprint.classes(log))

    def test_memory_at_rest_is_what_stays_when_nothing_goes_back_any_more(self):
        now, mib = [0.0], iter([124.0] * 9 + [107.0] * 7 + [106.4] * 3 + [109.0] * 20)
        read = usage.at_rest(lambda: next(mib), lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
        self.assertEqual(106.4, read)
        self.assertEqual(8 + usage.QUIET_SECONDS, now[0])

    def test_the_log_of_the_collector_tells_pauses_and_allocation(self):
        log = ("[0.012s] Using Serial\n[1.000s] GC(0) Pause Young (Allocation Failure) 7M->1M(15M) 2.345ms\n"
               "[1.500s] GC(1) Pause Full (Metadata GC Threshold) 5M->2M(15M) 11.000ms\n[1.600s] GC(2) Concurrent Mark 3.000ms\n"
               "[3.000s] GC(3) Pause Young (Allocation Failure) 8M->2M(15M) 1.000ms\n")
        found = pauses.in_text(log)
        self.assertEqual([2.345, 11.0, 1.0], [pause.millis for pause in found])
        self.assertEqual(10 * 1024 * 1024 / 2, pauses.allocated(found))
        self.assertIsNone(pauses.allocated(found[:2]))

    def test_pauses_since_a_mark_are_told_by_number_and_length(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "gc"
            log.write_text("[1.000s] GC(0) Pause Young (Allocation Failure) 7M->1M(15M) 20.000ms\n")
            marked = pauses.mark(Target("ours", (), 0, gc_log=log))
            self.assertEqual((0, None, None), tuple(pauses.since(marked)[name] for name in ("pauses", "pause_p999", "pause_cpu")))
            with open(log, "a") as more:
                for number in range(2_000):
                    more.write(f"[{number}.000s] GC({number}) Pause Young (Allocation Failure) 7M->1M(15M) {number / 1000:.3f}ms\n")
            told = pauses.since(marked)
        self.assertEqual((2_000, 1.999, 1.998, 0.0), tuple(told[name] for name in ("pauses", "longest_pause", "pause_p999", "pause_cpu")))

    def test_an_error_is_told_by_state_and_message(self):
        self.assertEqual("53300 too many", wire.error_text(b"SFATAL\0C53300\0Mtoo many\0\0"))


class WhatTheKernelSays(unittest.TestCase):
    def test_the_name_of_a_process_may_have_spaces_and_parentheses(self):
        stat = "12 (C2 (x) Compiler) S 1 1 1 0 -1 0 0 0 0 0 70 30 0 0 20 0"
        self.assertEqual((70 * usage.TICK_MICROS, 30 * usage.TICK_MICROS), usage.times_in(stat))

    def test_switches_of_both_kinds_count(self):
        self.assertEqual(42, usage.switches_in("Name:\tx\nvoluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t2\n"))

    def test_threads_of_compilers_are_known_by_their_names(self):
        self.assertTrue(usage.is_compiler("C2 CompilerThre\n"))
        self.assertFalse(usage.is_compiler("pooler-loop-1\n"))

    def test_a_backend_that_ended_takes_nothing_away(self):
        self.assertEqual(35.0, usage.grown({1: 10.0, 2: 50.0}, {1: 40.0, 3: 5.0}))


class Windows(unittest.TestCase):
    def test_what_came_before_the_first_line_does_not_count(self):
        first = window.Point(1.0, 999.0, 0.0, usage.Usage(500.0, 100.0, 0.0, 7), {1: 10.0})
        last = window.Point(3.0, 50.0, 2.0, usage.Usage(1500.0, 600.0, 200.0, 57), {1: 110.0})
        figures = window.figures_of([first, last])
        self.assertEqual(
            {"tps": 50.0, "user": 10.0, "system": 5.0, "cpu": 15.0, "compilers": 2.0, "switches": 0.5, "postgres": 1.0, "sum": 16.0},
            figures)

    def test_a_run_that_did_nothing_is_no_measurement(self):
        point = window.Point(1.0, 0.0, 0.0, usage.Usage(), {})
        with self.assertRaises(Failed):
            window.figures_of([point, window.Point(2.0, 0.0, 1.0, usage.Usage(), {})])


if __name__ == "__main__":
    unittest.main()
