import type { Decision } from "./decision";

/**
 * The HTTP fields that tell a client how it stands: `ratelimit-policy`, `ratelimit`, and `retry-after` when it was denied.
 * As draft-ietf-httpapi-ratelimit-headers-10 has them, whose syntax changed with each draft: it is known in this file only. Structured Fields (RFC 9651): lists of strings with parameters; times are whole seconds.
 */
export function rateLimitFields({ allowed, retryAfterMs, policies }: Decision): Record<string, string> {
  return {
    "ratelimit-policy": policies
      .map(({ name, limit, windowMs }) => `"${name}";q=${limit};w=${seconds(windowMs)}`)
      .join(", "),
    ratelimit: policies
      .map(
        (state) =>
          `"${state.name}";r=${state.remaining};t=${seconds(state.allowed ? state.resetMs : state.retryAfterMs)}`,
      )
      .join(", "),
    ...(allowed ? {} : { "retry-after": String(Math.max(1, seconds(retryAfterMs))) }),
  };
}

/** The members of the problem (RFC 9457) that tells a client why it was denied, as the same draft gives it. Who was allowed violated none. */
export function quotaExceeded({ allowed, policies, policy }: Decision): {
  type: string;
  "violated-policies": readonly string[];
} {
  const violated = policies.filter((state) => !state.allowed).map(({ name }) => name);
  return {
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
    "violated-policies": violated.length === 0 && !allowed ? [policy] : violated,
  };
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
