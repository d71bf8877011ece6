"""Plays a scenario: rounds over its cells, in each of them all poolers in turn."""

import os
import resource

from . import results, stats
from .failures import Failed
from .poolers import BASE

# Servers, logs and libraries beside the clients.
SPARE_FILES = 300


class Run:
    """One scenario; after play() rounds has what was measured and failures what was not."""

    def __init__(self, stage, scenario, asked):
        self.stage = stage
        self.scenario = scenario
        self.asked = asked
        self.rounds = [{} for _ in range(scenario.rounds(asked))]
        self.failures = []

    def play(self):
        """Cells of the same setting are played together, while its poolers run."""
        cells = self._within_limits(self.scenario.cells(self.asked))
        for setting in dict.fromkeys(self.scenario.setting(self.asked, cell) for cell in cells):
            here = [cell for cell in cells if self.scenario.setting(self.asked, cell) == setting]
            if self.scenario.alone:
                self._one_by_one(setting, here)
            else:
                self._side_by_side(setting, here)
        ordered = [(cell, pooler.name) for cell in cells for pooler in self.scenario.poolers(self.stage)]
        self.rounds = [{key: one[key] for key in ordered if key in one} for one in self.rounds]
        return results.rows_of(stats.summary(self.rounds, BASE, self.scenario.ratios))

    def _within_limits(self, cells):
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        for cell in cells:
            needed = self.scenario.clients(cell) + SPARE_FILES
            if needed > files:
                print(f"{self.scenario.name} {'/'.join(map(str, cell))}: left out, needs {needed} files and ulimit -n is {files}", flush=True)
        return [cell for cell in cells if self.scenario.clients(cell) + SPARE_FILES <= files]

    def _side_by_side(self, setting, cells):
        targets = self.stage.targets(setting, self.scenario.fresh) if setting else self.scenario.poolers(self.stage)
        if setting:
            for target in targets:
                self.scenario.warm_up(self.stage, target, self.asked)
        self.scenario.begin(self.stage, targets, self.asked)
        for number in range(len(self.rounds)):
            for cell in cells:
                for target in turned(targets, number):
                    self._measure(number, cell, target)
            self._say(number)
        for cell in cells:
            for target in targets:
                self._count(cell, target)

    def _one_by_one(self, setting, cells):
        """For what is too much for the machine at once."""
        for number in range(len(self.rounds)):
            for pooler in turned(self.scenario.poolers(self.stage), number):
                for target in self.stage.targets(setting, True, pooler.name):
                    self.scenario.warm_up(self.stage, target, self.asked)
                    for cell in cells:
                        self._measure(number, cell, target)
                self.stage.clear()
            self._say(number)

    def _measure(self, number, cell, target):
        try:
            self.rounds[number][cell, target.name] = self.scenario.measure(self.stage, target, cell, self.asked)
        except Failed as problem:
            self._failed(cell, target, problem)

    def _count(self, cell, target):
        """System calls stand beside the timed figures of each round: they are the same in all."""
        try:
            calls = self.scenario.count(self.stage, target, cell, self.asked)
        except Failed as problem:
            self._failed(cell, target, problem)
            return
        for one in self.rounds:
            if calls is not None and (cell, target.name) in one:
                one[cell, target.name]["calls"] = calls

    def _failed(self, cell, target, problem):
        text = f"{self.scenario.name} {'/'.join(map(str, cell))} {problem}"
        self.failures.append(text)
        print(f"FAILED {text}", flush=True)

    def _say(self, number):
        print(f"{self.scenario.name}: round {number + 1} of {len(self.rounds)} done, load average {os.getloadavg()[0]:.1f}", flush=True)


def turned(targets, number):
    """Nobody has the same neighbour in each round."""
    turn = number % len(targets) if targets else 0
    return [*targets[turn:], *targets[:turn]]
