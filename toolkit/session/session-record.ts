/**
 * How a session lies in Redis: a line `<created> <last seen> <writes>`, then JSON `{"userId":…,"data":…}`.
 *
 * Times are milliseconds of Redis' clock. `writes` are the ids of the last changes, each of 8 characters, the newest last:
 * by it a change knows what it was made from, and whether it was made already. What a newer release adds to the JSON stays
 * when this one changes the data.
 */
import { checkAnswersAtOnce } from "../given-function";
import { requestIdLength } from "../redis/request-id";
import type { Lifetime, Session } from "./session";

export interface SessionRecord<Data> {
  readonly session: Session<Data>;
  readonly writes: readonly string[];
  readonly payload: Payload;
}

interface Payload {
  readonly userId: string;
  readonly data?: unknown;
}

const mostDataBytes = 16 * 1024;

/**
 * With other data.
 *
 * @throws RangeError when the data are too large
 * @throws TypeError when they are nothing that JSON has, or that `parse` takes: nobody could read them
 */
export function encodePayload<Data>(payload: Payload, data: Data, parse: (json: unknown) => Data | undefined): string {
  const json = jsonOf(data);
  if (json === undefined) throw new TypeError(`session data are ${typeof data}: give what JSON can hold`);
  const bytes = Buffer.byteLength(json);
  if (bytes > mostDataBytes)
    throw new RangeError(
      `session data have ${bytes} bytes: keep at most ${mostDataBytes}, and what is larger in a database`,
    );
  if (parsed(JSON.parse(json), parse) === undefined)
    throw new TypeError("parse doesn't take these session data: give what it can read back");
  return JSON.stringify({ ...payload, data });
}

/** A promise would let everything pass. */
function parsed<Data>(json: unknown, parse: (json: unknown) => Data | undefined): Data | undefined {
  const data = parse(json);
  checkAnswersAtOnce("parse of a session store", data);
  return data;
}

function jsonOf(data: unknown): string | undefined {
  return JSON.stringify(data);
}

const eachWrite = new RegExp(`.{${requestIdLength}}`, "g");
const recordForm = /^(\d+) (\d+) (\S*)\n(.*)$/s;

/** `undefined` for what this release, or `parse`, doesn't understand. */
export function decodeRecord<Data>(
  id: string,
  record: string,
  { idleMs, absoluteMs }: Lifetime,
  parse: (json: unknown) => Data | undefined,
): SessionRecord<Data> | undefined {
  const [, created, seen, writes = "", json = ""] = recordForm.exec(record) ?? [];
  const payload = parseJson(json);
  if (!isPayload(payload)) return undefined;
  const data = parsed(payload.data, parse);
  if (data === undefined) return undefined;
  const createdAtMs = Number(created);
  const lastSeenAtMs = Number(seen);
  const expiresAtMs = Math.min(lastSeenAtMs + idleMs, createdAtMs + absoluteMs);
  const session = { id, userId: payload.userId, data, createdAtMs, lastSeenAtMs, expiresAtMs };
  return { session, payload, writes: writes.match(eachWrite) ?? [] };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isPayload(json: unknown): json is Payload {
  return typeof json === "object" && json !== null && "userId" in json && typeof json.userId === "string";
}
