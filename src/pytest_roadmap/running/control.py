"""The plugin on the controller: brings the parts of a run together."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from pytest_roadmap.model import Finding, Outcome
from pytest_roadmap.model.jsonable import from_json
from pytest_roadmap.probes.evidence import Content, shortened
from pytest_roadmap.reporting.evidence import redact
from pytest_roadmap.running.collecting import Collected, units_of
from pytest_roadmap.running.interrupting import Interrupter
from pytest_roadmap.running.sighting import (
    Shown,
    record_failures,
    record_passes,
)
from pytest_roadmap.running.telling import tell, tell_shown

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_roadmap.model import Scorecard
    from pytest_roadmap.running.asked import Asked
    from pytest_roadmap.running.collecting import Collecting
    from pytest_roadmap.running.dealing import Unit
    from pytest_roadmap.running.executing import Exchange
    from pytest_roadmap.running.judging import Judge
    from pytest_roadmap.running.keeping import Keeper
    from pytest_roadmap.running.options import Options
    from pytest_roadmap.running.progress import Progress
    from pytest_roadmap.running.system import System

_BROKEN_OFF = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)


class Control:
    """Runs on the controller, or in the only process where there are no workers."""

    def __init__(  # noqa: PLR0913 - the parts that it brings together
        self,
        *,
        options: Options,
        asked: Asked,
        keeper: Keeper,
        exchange: Exchange,
        progress: Progress,
        system: System,
        judge: Judge,
        collecting: Collecting | None,
    ) -> None:
        self.options = options
        self.asked = asked
        self.keeper = keeper
        self.exchange = exchange
        self.progress = progress
        self.system = system
        self.collecting = collecting  # None: workers collect
        self.collected = Collected()
        self.scorecard: Scorecard | None = None
        self.judge = judge
        self._workers: set[str] = set()
        self._stopped_by_x = False
        self.shown: tuple[Shown, ...] = ()
        self._interrupter = Interrupter(self._processes)

    # --- before the first probe

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Write an archive in which nothing has run, and take over the signals."""
        plugins = session.config.pluginmanager
        self.progress.attach(plugins.getplugin("terminalreporter"))
        self.judge.refresh(self.collected)
        if self.collecting is None:
            self._interrupter.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a new worker where the run's folder is."""
        self._workers.add(node.gateway.id)
        node.workerinput["roadmap_exchange"] = str(self.exchange.folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Forget a worker that has ended."""
        self._workers.discard(node.gateway.id)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config) -> Any:
        """Return our scheduler."""
        from pytest_roadmap.running.scheduling import Scheduler

        return Scheduler(len(config.option.tx), self.prepare)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Prepare the run where there are no workers."""
        if self.collecting is not None:
            self.prepare()

    def prepare(self) -> list[Unit]:
        """Look at what was collected, bring the system up, and return the units."""
        if self.collecting is not None:
            self.collected = self.collecting.collected
        else:
            self.collected = self.exchange.collected()
        if self.collected.problems:
            raise pytest.UsageError("\n".join(self.collected.problems))
        running = {name for e in self.collected.probes if e.runs for name in e.ids}
        units = units_of(
            self.collected.probes,
            self.collected.runs,
            self.asked,
            share=not self.options.counterexamples,
        )
        self.judge.refresh(self.collected)
        self.progress.begin(units, len(running))
        needed = self.asked.needs_cluster(running & self.asked.requirements.keys())
        self.system.bring_up(cluster=needed, running=running)
        self.judge.target = self.system.identity
        return units

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Turn a module that cannot be imported into findings of its probes."""
        if report.failed:
            self.judge.note_broken(report.nodeid, report.longreprtext)

    # --- while probes run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Show what runs; where it could end us, say so in the archive."""
        self.progress.start(nodeid)
        if self.collecting is not None:
            self.judge.foresee(nodeid, self.collected)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a probe has found, and say it in one line."""
        payload = getattr(report, "roadmap", None)
        if payload is not None:
            findings = [from_json(Finding, data) for data in payload["findings"]]
            self._keep(findings, payload["contents"])
        if hasattr(report, "roadmap_message"):
            report.__dict__["roadmap_message"] = redact(report.roadmap_message)
            self.progress.shorten(report, self.keeper.folder)
        elif report.failed:
            self.judge.plain_failures += 1

    def _keep(self, findings: list[Finding], contents: list[list[str]]) -> None:
        """Keep and show findings of one probe."""
        known = [self.system.identify(finding, self.asked) for finding in findings]
        pieces = [Content(kind=k, name=n, text=t) for k, n, t in contents]
        for finding in self.keeper.add(known, pieces):
            asked = self.asked.requirements[finding.requirement]
            self.progress.finish(finding, asked, *self.judge.told(finding))
        self.judge.refresh_sometimes(self.collected)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Turn the death of a worker into findings of the probe that it ran."""
        worker = report.node.gateway.id
        stacks = self.exchange.stacks_of(worker)
        text = stacks.read_text(errors="replace") if stacks.exists() else ""
        message = f"the worker {worker} died while it ran {crashitem}"
        if text:
            message = "hung, and could not be interrupted: its worker was ended"
        entry = next((e for e in self.collected.probes if e.node == crashitem), None)
        if entry is None:
            return
        report.__dict__["roadmap_message"] = message
        findings = [
            Finding(
                requirement=name,
                probe=crashitem,
                outcome=Outcome.ERROR,
                message=message,
                strength=entry.strength,
                started=time.time(),
                worker=worker,
            )
            for name in entry.ids
        ]
        contents = [["log", "stacks of all threads", shortened(text)]] if text else []
        self._keep(findings, contents)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, str] | None:
        """Count a probe as pytest does, but leave the printing to us."""
        message = getattr(report, "roadmap_message", None)
        if message is None:
            return None
        if report.passed:
            return ("passed" if report.when == "call" else ""), "", ""
        if report.skipped:
            return "skipped", "", ""
        if report.when == "call":
            return "failed", "", "FAILED"
        return "error", "", "ERROR"

    # --- after the last probe

    def pytest_keyboard_interrupt(
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> None:
        """Tell -x with workers, which xdist makes an interruption, from a signal."""
        words = str(excinfo.value)
        self._stopped_by_x = words.startswith("stopping after") and not (
            self._interrupter.reason
        )

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, Any, Any]:
        """Judge the run, report it, and say by the exit status what it means."""
        try:
            result = yield
        finally:
            self._interrupter.end()
            self.system.put_down()
        if exitstatus == pytest.ExitCode.USAGE_ERROR and not self.keeper.findings:
            shutil.rmtree(self.keeper.folder, ignore_errors=True)
            return result
        status = pytest.ExitCode.OK if self._stopped_by_x else exitstatus
        cut = status in _BROKEN_OFF or self._stopped_by_x or bool(session.shouldfail)
        self.scorecard = self.judge.report(
            session.config, self.collected, complete=not cut
        )
        shutil.rmtree(self.exchange.folder, ignore_errors=True)
        session.exitstatus = self.judge.exit_status(
            self.scorecard, int(status), strict=self.options.strict
        )
        self._remember(session)
        return result

    def _remember(self, session: pytest.Session) -> None:
        """Note which probes were seen to pass, or to fail where they must."""
        if self.scorecard is None:
            return
        try:
            if not self.options.counterexamples:
                record_passes(self.asked, self.scorecard)
                return
            folder = session.config.rootpath / "k8s" / "counterexamples"
            self.shown = record_failures(self.asked, self.scorecard, folder)
        except OSError as error:
            self.keeper.fail(error)
        if session.exitstatus not in _BROKEN_OFF:
            good = self.shown and all(seen.recognised for seen in self.shown)
            session.exitstatus = int(not good)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print the scorecard."""
        if self.scorecard is not None:
            if self.options.counterexamples:
                tell_shown(self.shown, terminalreporter)
            else:
                tell(self.scorecard, self.keeper, terminalreporter)

    def _processes(self) -> list[int]:
        """Return the process numbers of the workers that run probes."""
        found = (self.exchange.process_of(worker) for worker in self._workers)
        return [number for number in found if number is not None]
