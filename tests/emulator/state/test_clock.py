"""The clock of the emulator."""

from __future__ import annotations

from postmark_sdk.emulator.state.clock import Clock


def test_the_clock_advances_freezes_and_resumes() -> None:
    real = [1_000_000_000]
    clock = Clock(lambda: real[0])
    assert clock.now() == 10_000_000
    clock.advance(1.5)
    assert clock.now() == 25_000_000
    clock.freeze()
    real[0] += 10**9
    assert clock.now() == 25_000_000
    clock.advance(1)
    clock.resume()
    assert clock.now() == 35_000_000
    real[0] += 10**9
    assert clock.now() == 45_000_000
    clock.set(0)
    assert clock.now() == 0
    clock.reset()
    assert clock.now() == 30_000_000
