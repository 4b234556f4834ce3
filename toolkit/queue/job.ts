/** What callers give to a queue and get from it. */
import { checkName } from "../redis/keys";
import { checkWholeNumber } from "../whole-number";
import { type AddedJob, madeIdMark } from "./add-jobs";
import { queueRequestIdLength } from "./queue-script";

export interface NewJob<Data> {
  /** What JSON can hold, at most 64 KiB of it. */
  readonly data: Data;
  /**
   * The caller's own: while there is a job of that id, and for `dedupeMs` after it was done, another one isn't added. At most
   * 512 bytes. @default - a random one
   */
  readonly id?: string;
  /** Claimed no earlier than this. @default 0 */
  readonly delayMs?: number;
}

export interface Added {
  readonly id: string;
  /** `false`: there is a job of that id, or was a short time ago. */
  readonly added: boolean;
}

/** A job, claimed. Another consumer may have it at the same time, if the claim lapsed: let its work be repeatable. */
export interface Job<Data> {
  readonly id: string;
  readonly data: Data;
  /** 1 for the first. */
  readonly attempt: number;
  /** For `ack`, `nack`, `release` and `extend`: another for each claim. */
  readonly receipt: string;
  /** By Redis' clock, as `visibleUntilMs`, when the claim lapses. */
  readonly addedAtMs: number;
  readonly visibleUntilMs: number;
}

const mostBytes = 64 * 1024;
const mostIdBytes = 512;

/** @throws RangeError, TypeError that show what is wrong */
export function encodeJob<Data>({ data, id, delayMs = 0 }: NewJob<Data>): AddedJob {
  checkWholeNumber("delayMs", delayMs, 0, longestMs);
  if (id !== undefined) checkOwnId(id);
  const json = jsonOf(data);
  if (json === undefined) throw new TypeError(`a job's data are ${typeof data}: give what JSON can hold`);
  const bytes = Buffer.byteLength(json);
  if (bytes > mostBytes)
    throw new RangeError(
      `a job's data have ${bytes} bytes: give at most ${mostBytes}, and what is larger by where it lies`,
    );
  return { ownId: id ?? "", delayMs, json };
}

/** A year: what is due later belongs into a database. */
export const longestMs = 31_536_000_000;

function checkOwnId(id: string): void {
  checkName(id, "a job's id");
  if (id.startsWith(madeIdMark))
    throw new RangeError(`the id ${id} begins with ${madeIdMark}: only ids that are made here may`);
  if (Buffer.byteLength(id) > mostIdBytes)
    throw new RangeError(`the id ${id.slice(0, 40)}… has more than ${mostIdBytes} bytes: give a shorter one`);
}

/** JSON.stringify, as it is: its type hides that it may return nothing. */
function jsonOf(data: unknown): string | undefined {
  return JSON.stringify(data);
}

/** A receipt is the attempt and the claim, which Redis knows. */
export function receiptOf(attempt: number, claim: string): string {
  return `${attempt}.${claim}`;
}

export interface Receipt {
  readonly attempt: number;
  readonly claim: string;
}

const receiptForm = new RegExp(`^(\\d+)\\.([A-Za-z0-9+/]{${queueRequestIdLength}}.+)$`, "s");

/** @throws TypeError for what no claim has given */
export function parseReceipt(receipt: string): Receipt {
  const [, attempt, claim] = receiptForm.exec(receipt) ?? [];
  if (claim === undefined)
    throw new TypeError(`${JSON.stringify(receipt)} is no receipt: give one that claim returned`);
  return { attempt: Number(attempt), claim };
}
