import { Breaker } from "../../../toolkit/redis/breaker";

function breakerAt(start = 0) {
  const clock = { nowMs: start };
  const breaker = new Breaker(() => clock.nowMs);
  /** One after the other; the last one now. */
  const fail = (times: number) => {
    const endMs = clock.nowMs;
    for (let time = 1; time <= times; time++) {
      clock.nowMs = endMs - (times - time) * 5;
      breaker.failed();
    }
  };
  return { clock, breaker, fail };
}

describe("a breaker", () => {
  it("admits calls until five in a row have failed", () => {
    const { breaker, clock, fail } = breakerAt();
    fail(4);
    expect(breaker.admits()).toBe(true);
    clock.nowMs += 5;
    fail(1);
    expect(breaker.admits()).toBe(false);
  });

  it("counts failures in a row only", () => {
    const { breaker, fail } = breakerAt();
    fail(4);
    breaker.succeeded();
    fail(4);
    expect(breaker.admits()).toBe(true);
  });

  it("counts as one what fails together, as all does that was under way on a lost connection", () => {
    const { breaker, clock } = breakerAt();
    for (let time = 0; time < 64; time++) {
      breaker.failed();
      clock.nowMs += 0.05;
    }
    expect(breaker.admits()).toBe(true);
  });

  it("opens at once when a whole deadline brought no reply, but not for one slow call among others", () => {
    const { breaker } = breakerAt();
    const before = breaker.replies;
    breaker.succeeded();
    breaker.late(before);
    expect(breaker.admits()).toBe(true);
    breaker.late(breaker.replies);
    expect(breaker.admits()).toBe(false);
  });

  it("lets one call through after a quarter of a second, and the rest wait for its outcome", () => {
    const { breaker, clock, fail } = breakerAt();
    fail(5);
    clock.nowMs = 249;
    expect(breaker.admits()).toBe(false);
    clock.nowMs = 250;
    expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
    breaker.succeeded();
    expect([breaker.admits(), breaker.admits()]).toEqual([true, true]);
  });

  it("opens twice as long each time that such a call fails, up to a second", () => {
    const { breaker, clock, fail } = breakerAt();
    fail(5);
    for (const openMs of [250, 500, 1_000, 1_000]) {
      const openedAtMs = clock.nowMs;
      clock.nowMs = openedAtMs + openMs - 1;
      expect(breaker.admits()).toBe(false);
      clock.nowMs = openedAtMs + openMs;
      expect(breaker.admits()).toBe(true);
      breaker.failed();
    }
  });

  it("lets another call through when one says nothing", () => {
    const { breaker, clock, fail } = breakerAt();
    breaker.withdrawn();
    expect(breaker.admits()).toBe(true);
    fail(5);
    breaker.withdrawn();
    expect(breaker.admits()).toBe(false);
    clock.nowMs = 250;
    expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
    breaker.withdrawn();
    expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
  });

  it("stays open no longer for calls that had gone out before it opened", () => {
    const { breaker, clock, fail } = breakerAt();
    fail(5);
    clock.nowMs = 200;
    breaker.failed();
    breaker.late(breaker.replies);
    clock.nowMs = 250;
    expect(breaker.admits()).toBe(true);
  });
});
