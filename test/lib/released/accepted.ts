/** What the next release may replace or remove although it is stateful, or take from the release before. Empty it after the release. */
export interface AcceptedLoss {
  readonly stage: string;
  readonly stack: string;
  /** Its logical id in the last release; of an export that of its output. */
  readonly id: string;
  /** Why, and what becomes of what it held. */
  readonly reason: string;
}

const renamed = "its name begins with /aws/vendedlogs/ from now on; `dev` keeps no log of a group that goes";

export const accepted: readonly AcceptedLoss[] = [
  { stage: "dev", stack: "api", id: "HttpApiAccessLog37FAD39B", reason: renamed },
  { stage: "dev", stack: "data", id: "CacheEngineLogFEAEB291", reason: renamed },
  { stage: "dev", stack: "data", id: "CacheSlowLog43E55961", reason: renamed },
];
