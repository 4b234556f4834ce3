/** The headers of answers that mean something to a client. */
import { cacheMetrics } from "../metrics";

interface Header {
  readonly description: string;
  readonly schema: object;
}

const text = { type: "string" };

const described = {
  "x-cache": {
    description:
      "Where the answer came from: `near` the process itself, `redis`, `stale` past its time while it is loaded anew, `load` the database, `bypass` the database without Redis.",
    schema: { type: "string", enum: Object.keys(cacheMetrics.lookups) },
  },
  location: { description: "The path of what was made.", schema: text },
  etag: { description: "Names this version of the answer, for `if-none-match`.", schema: text },
  "cache-control": { description: "For how long the answer may be kept.", schema: text },
  "retry-after": { description: "In how many seconds it is worth trying again.", schema: { type: "integer" } },
  "www-authenticate": { description: "How to say who you are.", schema: text },
  ratelimit: {
    description: "What is left of each limit that counted, `r`, and in how many seconds it is restored, `t` (a list).",
    schema: text,
  },
  "ratelimit-policy": {
    description: "The limits that counted: how much each allows, `q`, in how many seconds, `w` (a list).",
    schema: text,
  },
} satisfies Record<string, Header>;

export type HeaderName = keyof typeof described;
export const headers: Readonly<Record<HeaderName, Header>> = described;
export const rateLimitHeaders: readonly HeaderName[] = ["ratelimit", "ratelimit-policy"];

export function isHeaderName(name: string): name is HeaderName {
  return name in headers;
}
