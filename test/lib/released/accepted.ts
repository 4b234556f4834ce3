/** What the next release may replace or remove although it is stateful. Empty it after the release. */
export interface AcceptedLoss {
  readonly stage: string;
  readonly stack: string;
  /** Its logical id in the last release. */
  readonly id: string;
  /** Why, and what becomes of what it held. */
  readonly reason: string;
}

export const accepted: readonly AcceptedLoss[] = [];
