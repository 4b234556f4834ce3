import { setTimeout as pause } from "node:timers/promises";
import { newRequestId, rememberedRequests } from "../redis/request-id";
import { RedisUnavailableError } from "../redis/unavailable";
import type { Change } from "./live-session";
import type { Session } from "./session";
import type { SessionRecord } from "./session-record";

const mostConflicts = 100;
const longestPauseMs = 20;

/** Others changed a session so often that this change couldn't be made. It has not been made. */
export class SessionContendedError extends Error {
  override readonly name = "SessionContendedError";

  constructor() {
    super(`a session was changed by others ${mostConflicts} times while it was to be changed: try again`);
  }
}

/** Sends a change; resolves with the record as it is then. Calls `sending` before each attempt. */
type Send<Data> = (change: Change, sending: () => void) => Promise<SessionRecord<Data> | undefined>;

/**
 * Changes what was read, or what others have made of it since.
 *
 * @param changed the payload to write instead
 */
export async function updateRecord<Data>(
  read: SessionRecord<Data>,
  changed: (from: SessionRecord<Data>) => string,
  send: Send<Data>,
): Promise<Session<Data> | undefined> {
  const ownWrite = newRequestId();
  let from = read;
  for (let conflicts = 0; conflicts < mostConflicts; conflicts++) {
    const payload = changed(from);
    const fromWrite = from.writes.at(-1) ?? "";
    let sent = 0;
    const now = await send({ fromWrite, ownWrite, payload }, () => sent++);
    if (now === undefined || now.writes.includes(ownWrite)) return now?.session;
    if (sent > 1 && !tellsAllSince(fromWrite, now)) throw new RedisUnavailableError("update session", "failed");
    from = now;
    await pause(Math.random() * Math.min(conflicts, longestPauseMs)); // so that those who meet don't meet again
  }
  throw new SessionContendedError();
}

/** Whether its list of writes reaches back so far. If not, a write whose reply was lost may have been made and forgotten. */
function tellsAllSince(write: string, { writes }: SessionRecord<unknown>): boolean {
  return write === "" ? writes.length < rememberedRequests : writes.includes(write);
}
