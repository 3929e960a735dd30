"""Supervised tasks: nothing fails unseen."""

import asyncio

import pytest

from terminal.tasks import Backoff, Supervisor

AT_ONCE = Backoff(first_s=0)


class Fatal:
    """Collects what the supervisor says must stop the terminal."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.heard = asyncio.Event()

    def __call__(self, name: str, error: BaseException) -> None:
        self.told.append((name, str(error)))
        self.heard.set()


async def fail(words: str = "broken") -> None:
    raise RuntimeError(words)


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


def test_a_failure_of_a_vital_task_is_told_once_and_logged(caplog):
    async def scenario() -> None:
        fatal = Fatal()
        supervisor = Supervisor(fatal)
        supervisor.start("printer", fail)
        await fatal.heard.wait()
        assert fatal.told == [("printer", "broken")]
        assert supervisor.failures == {"printer": 1}
        assert await supervisor.stop() == ()

    asyncio.run(scenario())
    assert "task printer failed" in caplog.text
    assert "RuntimeError: broken" in caplog.text


def test_a_task_that_may_be_restarted_runs_until_it_succeeds():
    async def scenario() -> None:
        fatal, done, runs = Fatal(), asyncio.Event(), []
        supervisor = Supervisor(fatal)

        async def third_time_lucky() -> None:
            runs.append(len(runs))
            if len(runs) < 3:
                await fail()
            done.set()

        supervisor.start("scanner", third_time_lucky, on_failure="restart", backoff=AT_ONCE)
        await done.wait()
        assert supervisor.failures == {"scanner": 2}
        assert (len(runs), fatal.told) == (3, [])
        await supervisor.stop()

    asyncio.run(scenario())


def test_tasks_are_cancelled_in_reverse_order_each_ended_before_the_next():
    async def scenario() -> list[str]:
        steps: list[str] = []
        supervisor = Supervisor(Fatal())

        def named(name: str):
            async def run() -> None:
                try:
                    await wait_for_ever()
                finally:
                    steps.append(f"{name} told")
                    await asyncio.sleep(0)
                    steps.append(f"{name} ended")

            return run

        for name in ("journal", "devices", "screen"):
            supervisor.start(name, named(name))
        await asyncio.sleep(0)
        assert await supervisor.stop() == ()
        return steps

    assert asyncio.run(scenario()) == [
        f"{name} {step}" for name in ("screen", "devices", "journal") for step in ("told", "ended")
    ]


def test_a_task_that_will_not_end_is_named():
    async def scenario() -> tuple[str, ...]:
        release = asyncio.Event()

        async def stubborn() -> None:
            try:
                await wait_for_ever()
            finally:
                await release.wait()

        supervisor = Supervisor(Fatal())
        supervisor.start("stubborn", stubborn)
        await asyncio.sleep(0)
        late = await supervisor.stop(deadline_s=0)
        release.set()
        return late

    assert asyncio.run(scenario()) == ("stubborn",)


def test_a_restart_that_waits_does_not_outlive_the_stop():
    async def scenario() -> int:
        failed, runs = asyncio.Event(), []

        async def run() -> None:
            runs.append(1)
            failed.set()
            await fail()

        supervisor = Supervisor(Fatal())
        supervisor.start("poi", run, on_failure="restart", backoff=AT_ONCE)
        await failed.wait()
        await supervisor.stop()
        stopped_at = len(runs)
        for _ in range(10):
            await asyncio.sleep(0)
        return len(runs) - stopped_at

    assert asyncio.run(scenario()) == 0


def test_a_name_is_used_once_and_nothing_starts_while_stopping():
    async def scenario() -> None:
        supervisor = Supervisor(Fatal())
        supervisor.start("bus", wait_for_ever)
        with pytest.raises(ValueError, match="bus"):
            supervisor.start("bus", wait_for_ever)
        await supervisor.stop()
        with pytest.raises(RuntimeError, match="stopping"):
            supervisor.start("late", wait_for_ever)

    asyncio.run(scenario())


def test_a_task_that_ended_well_leaves_its_name():
    async def scenario() -> None:
        done = asyncio.Event()

        async def short() -> None:
            done.set()

        supervisor = Supervisor(Fatal())
        supervisor.start("import", short)
        await done.wait()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        supervisor.start("import", short)
        assert supervisor.failures == {"import": 0}
        await supervisor.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize(("failures", "delay"), [(1, 0.5), (2, 1), (4, 4), (7, 30), (1_000, 30)])
def test_waits_double_up_to_a_limit(failures, delay):
    assert Backoff().delay_s(failures) == delay
