/** Puts a window together anew from where its counts come from, aside, while adds go on. */
import { newRequestId } from "../redis/request-id";
import { kindOf } from "../shown";
import { checkWholeNumber } from "../whole-number";
import type { RedisClient } from "../redis/connect";
import type { BoardCalls } from "./board-calls";
import { memberTwice } from "./board-reply";
import type { BoardKeys, BoardMoment } from "./board-script";
import { type BoardWindow, mostOf, packScore, spanOf, type WindowSpan } from "./board-window";
import { checkStoredText } from "./stored-text";
import { begin, fill, finish, seed, type Step } from "./rebuild-scripts";

/** How much a member has in a window. */
export interface BoardTotal {
  readonly member: string;
  readonly score: number;
  /** Of its last change in the window; decides who comes first of as many. */
  readonly lastAtMs: number;
}

/** What a window is made of: both parts as of one moment, from one snapshot of a database, say. */
export interface BoardSource {
  /** One for each member. */
  readonly totals: Iterable<BoardTotal> | AsyncIterable<BoardTotal>;
  /**
   * The ids of what is in the totals and may yet be added, for the first time or again: what is younger than `idempotencyMs`,
   * say. It won't count twice.
   */
  readonly ids: Iterable<string> | AsyncIterable<string>;
}

/** The day, week or time that is rebuilt. */
export type RebuildSpan = Pick<WindowSpan, "fromMs" | "untilMs">;

type SendStep = (client: RedisClient, keys: BoardKeys, moment: BoardMoment, step: Step) => Promise<unknown>;

/** A script that takes so many holds Redis up for about a millisecond. */
const atOnce = 500;

/** Where a rebuild takes its contents from. */
export type LoadSource = (span: RebuildSpan) => BoardSource | Promise<BoardSource>;

/** `false`: another rebuild of the board has begun since, a failover lost a part, or the source took ten minutes for its next one. */
export async function rebuild(
  calls: BoardCalls,
  window: BoardWindow,
  atMs: number | undefined,
  load: LoadSource,
): Promise<boolean> {
  const id = newRequestId();
  let steps = 0;
  const ask = (operation: string, at: number | undefined, number: number, send: SendStep) => {
    const step = { rebuild: id, number };
    const call = { operation: `${operation} rebuild`, windows: [window], atMs: at };
    return calls.ask(call, (client, keys, moment) => send(client, keys, moment, step));
  };

  const [begun, at] = await ask("begin", atMs, steps, begin);
  if (begun !== 1) throw new RangeError(`atMs is ${atMs}: board ${calls.name} doesn't keep that ${window} any more`);
  const decidedMs = Number(at);
  const span = spanOf(window, decidedMs);
  const source = await load({ fromMs: span.fromMs, untilMs: span.untilMs });
  for (const part of ["totals", "ids"] as const) checkParts(part, source[part]);
  for await (const totals of inParts(source.totals)) {
    checkEachOnce(totals);
    const scores = totals.flatMap((total) => [scoreOf(total, span), total.member]);
    const [filled] = await ask("fill", decidedMs, ++steps, (...to) => fill(...to, scores));
    if (filled !== 1) return false;
  }
  for await (const ids of inParts(source.ids)) {
    for (const each of ids) checkStoredText("id", each);
    const [seeded] = await ask("seed", decidedMs, ++steps, (...to) =>
      seed(...to, { ids, idempotencyMs: calls.idempotencyMs }),
    );
    if (seeded !== 1) return false;
  }
  for (;;) {
    const [finished] = await ask("finish", decidedMs, steps + 1, finish);
    if (finished !== 2) return finished === 1;
  }
}

/** Text can be gone through, too, letter by letter. */
function checkParts(part: keyof BoardSource, given: unknown): void {
  if (typeof given === "string")
    throw new TypeError(`${part} is ${kindOf(given)}: give an array, or what can be gone through`);
}

/** Of another step Redis knows. */
function checkEachOnce(totals: readonly BoardTotal[]): void {
  const members = new Set<string>();
  for (const { member } of totals) {
    if (members.has(member)) throw memberTwice(member);
    members.add(member);
  }
}

function scoreOf({ member, score, lastAtMs }: BoardTotal, span: WindowSpan): number {
  const most = mostOf(span.window);
  checkStoredText("member", member);
  checkWholeNumber(`score of ${member} in ${span.name}`, score, -most, most);
  checkWholeNumber(`lastAtMs of ${member} in ${span.name}`, lastAtMs, span.fromMs, span.untilMs - 1);
  return packScore(span, score, lastAtMs);
}

async function* inParts<T>(all: Iterable<T> | AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let part: T[] = [];
  for await (const one of all)
    if (part.push(one) === atOnce) {
      yield part;
      part = [];
    }
  if (part.length > 0) yield part;
}
