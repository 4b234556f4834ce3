/** What the signed-in user may do of what the toolkit does. */
import { doctorKey } from "../redis/keys";
import type { Finding } from "./finding";
import type { Visit } from "./visit";

interface Need {
  readonly command: readonly [string, ...string[]];
  readonly for: string;
}

const needs: readonly Need[] = [
  { command: ["GET", doctorKey], for: "the cache" },
  { command: ["SET", doctorKey, "", "PX", "1000"], for: "changes that replicas confirm" },
  { command: ["WAIT", "0", "1"], for: "changes that replicas confirm" },
  { command: ["EVAL", "return redis.call('TIME')[1]", "1", doctorKey], for: "everything" },
  { command: ["EVALSHA", "0".repeat(40), "1", doctorKey], for: "everything" },
  { command: ["PUBLISH", doctorKey, ""], for: "locks" },
  { command: ["subscribe", doctorKey], for: "waiting for locks" },
  { command: ["unsubscribe", doctorKey], for: "waiting for locks" },
];

/** @param narrow whether the user is meant to have other rights, of which nothing is known here, but those to connect */
export async function rightsFinding(visit: Visit, isCluster: boolean | undefined, narrow: boolean): Promise<Finding> {
  const toConnect: Need[] = [];
  if (isCluster !== false) toConnect.push({ command: ["CLUSTER", "SLOTS"], for: "connecting to a cluster" });
  if (isCluster !== true) toConnect.push({ command: ["INFO", "server"], for: "connecting without a cluster" });
  const lacks: string[] = [];
  for (const need of [...toConnect, ...(narrow ? [] : needs)]) {
    const missing = await missingRight(visit, need.command);
    if (missing !== undefined) lacks.push(`${need.command[0].toUpperCase()} (${need.for}): ${missing}`);
  }
  if (lacks.length === 0 && narrow)
    return { check: "rights", says: "may connect; what else it may is in its access string" };
  if (lacks.length === 0) return { check: "rights", says: "may do what the toolkit does" };
  return {
    check: "rights",
    fault: "rights",
    says: `signed in, but may not do some of what ${narrow ? "connecting takes" : "the toolkit does"}`,
    todo: [...lacks, "add to the user's access string what the function uses"],
  };
}

/** Any other error, that a key lies on another node, say, comes after the rights were looked at. */
async function missingRight(visit: Visit, [command, ...args]: Need["command"]): Promise<string | undefined> {
  try {
    await visit.call(command, ...args);
  } catch (error) {
    if (error instanceof Error && /NOPERM|ACL failure/.test(error.message)) return error.message;
  }
  return undefined;
}
