import { Breaker } from "../../../toolkit/redis/breaker";

function breakerAt(start = 0) {
  const clock = { nowMs: start };
  return { clock, breaker: new Breaker(() => clock.nowMs) };
}

function fail(breaker: Breaker, times: number): void {
  for (let time = 0; time < times; time++) breaker.failed();
}

describe("a breaker", () => {
  it("admits calls until five in a row have failed", () => {
    const { breaker } = breakerAt();
    fail(breaker, 4);
    expect(breaker.admits()).toBe(true);
    fail(breaker, 1);
    expect(breaker.admits()).toBe(false);
  });

  it("counts failures in a row only", () => {
    const { breaker } = breakerAt();
    fail(breaker, 4);
    breaker.succeeded();
    fail(breaker, 4);
    expect(breaker.admits()).toBe(true);
  });

  it("lets one call through after a second, and the rest wait for its outcome", () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 5);
    clock.nowMs = 999;
    expect(breaker.admits()).toBe(false);
    clock.nowMs = 1_000;
    expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
    breaker.succeeded();
    expect([breaker.admits(), breaker.admits()]).toEqual([true, true]);
  });

  it("opens for another second when that call fails", () => {
    const { breaker, clock } = breakerAt();
    fail(breaker, 5);
    clock.nowMs = 1_000;
    breaker.admits();
    breaker.failed();
    clock.nowMs = 1_999;
    expect(breaker.admits()).toBe(false);
    clock.nowMs = 2_000;
    expect(breaker.admits()).toBe(true);
  });
});
