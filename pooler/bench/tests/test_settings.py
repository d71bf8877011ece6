import contextlib
import io
import os
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

from comparison import options, scenarios
from comparison.poolers import adapter, doorman
from comparison.poolers.pgbouncer import PgBouncer
from comparison.scenarios.pools import pairs
from comparison.setting import Setting


class Settings(unittest.TestCase):
    def test_processes_of_pgbouncer_share_servers_and_cap(self):
        text = PgBouncer(("pgbouncer",), 2)._text(None, Setting(servers=5, cap=20), 5432, 6432, Path("users"))
        self.assertIn("default_pool_size = 3\n", text)
        self.assertIn("max_db_connections = 10\n", text)
        self.assertIn("so_reuseport = 1\n", text)

    def test_ours_has_a_pool_for_each_database_and_its_users(self):
        setting = Setting(servers=3, cap=20, pools=(("shop", "a"), ("shop", "b"), ("other", "a")), statements=200)
        told = doorman.configuration(None, setting, 5432, 6432, 2)
        self.assertEqual(["a", "b"], [user["username"] for user in told["pools"]["shop"]["users"]])
        self.assertEqual(["a"], [user["username"] for user in told["pools"]["other"]["users"]])
        self.assertEqual(20, told["pools"]["shop"]["max_db_connections"])
        self.assertEqual(200, told["general"]["prepared_statements_cache_size"])

    def test_a_verifier_is_what_poolers_know_of_the_password(self):
        self.assertRegex(replace(Setting(), login="scram").password, r"^SCRAM-SHA-256\$4096:[\w+/=]+\$[\w+/=]{44}:[\w+/=]{44}$")
        self.assertEqual("", Setting().password)

    def test_pairs_are_as_many_as_asked_and_none_twice(self):
        self.assertEqual(2000, len(set(pairs(2000))))
        self.assertEqual((("bench", "bench"),), pairs(1))


class Options(unittest.TestCase):
    def read(self, *words):
        return options.read("", list(words))

    def refused(self, *words):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit):
            self.read(*words)
        return said.getvalue()

    def test_a_quick_run_tries_all_scenarios(self):
        self.assertEqual(tuple(scenarios.ALL), self.read("--quick").scenarios)
        self.assertEqual(("bulk",), self.read("--quick", "--scenarios", "bulk").scenarios)

    def test_each_scenario_has_cells_of_its_keys_in_each_size(self):
        for size in ((), ("--quick",), ("--full",)):
            for scenario in scenarios.ALL.values():
                cells = scenario.cells(self.read(*size))
                self.assertTrue(cells, scenario.name)
                self.assertEqual({len(scenario.keys)}, {len(cell) for cell in cells}, scenario.name)

    def test_plots_are_of_keys_that_there_are(self):
        for scenario in scenarios.ALL.values():
            self.assertLessEqual({plot["x"] for plot in scenario.plots}, set(scenario.keys), scenario.name)

    def test_what_is_unknown_is_refused_with_what_there_is(self):
        self.assertIn("no scenario bulky, expected all or of start", self.refused("--scenarios", "bulky"))
        self.assertIn("expected numbers from 1", self.refused("--clients", "0"))
        self.assertIn("at least 1 round and 3 seconds", self.refused("--seconds", "2"))

    def test_the_only_process_of_pgbouncer_is_always_there(self):
        self.assertEqual((1, 4), self.read("--processes", "4").processes)
        self.assertEqual((1,), self.read("--processes", "1").processes)

    def test_peers_are_programs_by_name(self):
        with mock.patch.dict(os.environ, {adapter.VARIABLE: "one=/bin/true, two=/bin/false"}):
            self.assertEqual(["one", "two"], [peer.name for peer in self.read().peers])
        with mock.patch.dict(os.environ, {adapter.VARIABLE: "one=/bin/nothing-here"}):
            self.assertIn("expected name=PATH of a program", self.refused())


if __name__ == "__main__":
    unittest.main()
