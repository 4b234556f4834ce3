/** What can be wrong, as far as it can be told apart from outside. */
export type Fault =
  | "name" // the host's name leads nowhere
  | "network" // nothing answers
  | "refused" // the host answers that nothing listens there
  | "no-tls" // Redis, but without TLS
  | "tls" // neither TLS nor Redis
  | "certificate" // not of this host, or of nobody known
  | "signed-name" // tokens are signed for another name, kind of cache, or region
  | "token" // the given token was no good from the beginning
  | "expired-token"
  | "expired-credentials"
  | "clock" // tokens carry a wrong time
  | "not-allowed" // ElastiCache doesn't say why: user group, user or policy
  | "sign-in" // another answer than yes or no
  | "rights" // signed in, but may not do what is needed
  | "replica"
  | "node"; // one node of a cluster can't be reached

/** One line of a diagnosis. */
export interface Finding {
  readonly check: "token" | "name" | "network" | "tls" | "sign-in" | "clock" | "rights" | "server" | "nodes";
  /** @default - all is well with it */
  readonly fault?: Fault;
  readonly says: string;
  /** What to look at, or to do, one line each. @default - nothing */
  readonly todo?: readonly string[];
}
