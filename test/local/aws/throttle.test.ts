import { TokenBucket } from "../../../local/aws/throttle";

it("lets a burst through, then as many as the rate refills, and never saves more than the burst", () => {
  let nowMs = 0;
  const bucket = new TokenBucket(2, 3, () => nowMs);
  const taken = (times: number) => Array.from({ length: times }, () => bucket.take());

  expect(taken(4)).toEqual([true, true, true, false]);
  nowMs = 500;
  expect(taken(2)).toEqual([true, false]);
  nowMs = 60_000;
  expect(taken(4)).toEqual([true, true, true, false]);
});
