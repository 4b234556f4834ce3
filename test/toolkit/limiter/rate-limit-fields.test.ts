import { quotaExceeded, rateLimitFields, type Decision } from "@larder/toolkit";

const state = { limit: 100, windowMs: 60_000, allowed: true, remaining: 50, retryAfterMs: 0, resetMs: 29_001 };
const decision: Decision = {
  allowed: true,
  policy: "burst",
  remaining: 50,
  retryAfterMs: 0,
  resetMs: 29_001,
  degraded: false,
  policies: [
    { ...state, name: "burst" },
    { ...state, name: "daily", limit: 1_000, windowMs: 86_400_000, remaining: 999 },
  ],
  charge: undefined,
};

it("a client is told of each policy, in whole seconds, in the draft's syntax", () => {
  expect(rateLimitFields(decision)).toEqual({
    "ratelimit-policy": '"burst";q=100;w=60, "daily";q=1000;w=86400',
    ratelimit: '"burst";r=50;t=30, "daily";r=999;t=30',
  });
});

it("who was allowed has violated nothing, and who is blocked the block", () => {
  expect(quotaExceeded(decision)["violated-policies"]).toEqual([]);
  expect(quotaExceeded({ ...decision, allowed: false, policy: "blocked" })["violated-policies"]).toEqual(["blocked"]);
});

it("a denied client is told when to try again, never earlier than the policy says, and what it violated", () => {
  const denied = {
    ...decision,
    allowed: false,
    retryAfterMs: 1_500,
    policies: [{ ...state, name: "burst", allowed: false, remaining: 0, retryAfterMs: 1_500 }, decision.policies[1]!],
  };
  expect(rateLimitFields(denied)).toEqual({
    "ratelimit-policy": '"burst";q=100;w=60, "daily";q=1000;w=86400',
    ratelimit: '"burst";r=0;t=2, "daily";r=999;t=30',
    "retry-after": "2",
  });
  expect(quotaExceeded(denied)).toEqual({
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
    "violated-policies": ["burst"],
  });
});
