/** Answers that are errors (RFC 9457): what there is to tell, and the HTTP status that tells it. */
interface Kind {
  readonly status: number;
  readonly title: string;
  /** @default - `urn:larder:problem:<code>` */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const kinds = {
  "invalid-request": { status: 400, title: "The request is not valid" },
  "not-signed-in": { status: 401, title: "You are not signed in", headers: { "www-authenticate": "Bearer" } },
  "wrong-credentials": {
    status: 401,
    title: "That isn't anybody's e-mail and password",
    headers: { "www-authenticate": "Bearer" },
  },
  "payment-declined": { status: 402, title: "The payment was declined" },
  "not-allowed": { status: 403, title: "You may not do this" },
  "not-found": { status: 404, title: "There is no such thing" },
  conflict: { status: 409, title: "That doesn't go with how things are" },
  "out-of-stock": { status: 409, title: "There isn't enough of a film" },
  "order-under-way": { status: 409, title: "Another request is ordering this cart", headers: { "retry-after": "1" } },
  "method-not-allowed": { status: 405, title: "The method is not allowed here" },
  "idempotency-key-reused": { status: 422, title: "The idempotency key is that of another cart's order" },
  "too-many-requests": {
    status: 429,
    title: "You have asked too often",
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
  },
  "failovers-used-up": { status: 429, title: "No more failovers are tried today" },
  internal: { status: 500, title: "Something went wrong on our side" },
  "sessions-unavailable": {
    status: 503,
    title: "Nobody can tell who you are at the moment",
    headers: { "retry-after": "2" },
  },
  "limits-unavailable": {
    status: 503,
    title: "Nobody can tell how often you have asked at the moment",
    headers: { "retry-after": "2" },
  },
  "locks-unavailable": {
    status: 503,
    title: "Nobody can tell who has a lock at the moment",
    headers: { "retry-after": "2" },
  },
  "queues-unavailable": {
    status: 503,
    title: "Nobody can tell how a queue is at the moment",
    headers: { "retry-after": "2" },
  },
  "boards-unavailable": {
    status: 503,
    title: "Nobody can tell what sells best at the moment",
    headers: { "retry-after": "2" },
  },
  "operations-unavailable": {
    status: 503,
    title: "Nobody can tell how Redis is kept at the moment",
    headers: { "retry-after": "2" },
  },
  "database-unavailable": { status: 503, title: "The database gives no answer", headers: { "retry-after": "2" } },
  "checkout-unavailable": {
    status: 503,
    title: "Nothing can be paid at the moment",
    headers: { "retry-after": "2" },
  },
  overloaded: { status: 503, title: "The service has too much to do", headers: { "retry-after": "1" } },
  unhealthy: { status: 503, title: "The service is not healthy", headers: { "retry-after": "2" } },
} satisfies Record<string, Kind>;

export type ProblemCode = keyof typeof kinds;

/** The one table from what went wrong to an HTTP status. */
export const problems: Readonly<Record<ProblemCode, Kind>> = kinds;

/** For programs; `detail` is for people. */
export function problemType(code: ProblemCode): string {
  return problems[code].type ?? `urn:larder:problem:${code}`;
}
