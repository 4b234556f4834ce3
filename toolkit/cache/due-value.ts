/** A cached value that is to be loaded anew before its end. Plain, so that it can be sent to whoever does that. */
export interface DueValue {
  readonly collection: string;
  readonly id: string;
  /** In Redis' time. It names the value as it is now: one that is stored later has another. */
  readonly softExpiryMs: number;
}

export type RefreshLater = (values: readonly DueValue[]) => Promise<unknown>;
