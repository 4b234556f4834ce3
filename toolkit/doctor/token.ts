/** What can be seen of a token without asking anybody. */
import type { Finding } from "./finding";

export interface ExpectedToken {
  readonly user: string;
  /** What it should be signed for. */
  readonly name: string;
  readonly serverless: boolean;
  readonly region: string;
}

/** Tokens open connections for a quarter of an hour. */
const lifetimeMs = 900_000;

export function tokenFindings(token: string, expected: ExpectedToken, nowMs: number): Finding[] {
  const [host = "", query = ""] = token.split("/?");
  const parameters = new URLSearchParams(query);
  const [, , region = ""] = parameters.get("X-Amz-Credential")?.split("/") ?? [];
  const signedMs = Date.parse(
    (parameters.get("X-Amz-Date") ?? "").replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedMs)) return [fault("token", "it is no token: it has no X-Amz-Date in it")];
  const ageMs = nowMs - signedMs;
  const findings: Finding[] = [];
  if (ageMs > lifetimeMs)
    findings.push(
      fault(
        "expired-token",
        `it was signed ${minutes(ageMs)} ago, by this clock, and was good for 15`,
        "sign a new one for each connect, as iamCredentials does",
      ),
    );
  if (ageMs < 0) findings.push(fault("clock", `it will be signed in ${minutes(-ageMs)}, by this clock`));
  const compared: readonly (readonly [what: string, is: string, should: string])[] = [
    ["name", host, expected.name],
    ["user", parameters.get("User") ?? "", expected.user],
    ["region", region, expected.region],
    ["ResourceType", parameters.get("ResourceType") ?? "", expected.serverless ? "ServerlessCache" : ""],
  ];
  for (const [what, is, should] of compared)
    if (is !== should) findings.push(fault("token", `its ${what} is "${is}" and should be "${should}"`));
  return findings.length > 0 ? findings : [{ check: "token", says: `it was signed ${minutes(ageMs)} ago, and fits` }];
}

export function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1_000)} seconds` : `${Math.round(ms / 60_000)} minutes`;
}

function fault(what: "token" | "expired-token" | "clock", says: string, ...todo: readonly string[]): Finding {
  return { check: "token", fault: what, says, todo };
}
