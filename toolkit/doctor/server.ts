/** What is learnt from the server once one is signed in. */
import type { Finding } from "./finding";
import { reachByTls } from "./reach";
import type { Visit } from "./visit";

export interface ServerFacts {
  /** `undefined`: the user may not ask. */
  readonly isCluster: boolean | undefined;
  readonly finding: Finding | undefined;
}

export async function serverFacts(visit: Visit): Promise<ServerFacts> {
  const info = String(await visit.call("INFO").catch(() => ""));
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, "m").exec(info)?.[1];
  const isCluster = info === "" ? undefined : field("cluster_enabled") === "1" || field("redis_mode") === "cluster";
  if (isCluster === undefined) return { isCluster, finding: undefined };
  const valkey = field("valkey_version");
  const engine = valkey === undefined ? `Redis ${field("redis_version") ?? "?"}` : `Valkey ${valkey}`;
  const mode = isCluster ? 'a cluster: connect with mode "cluster"' : 'no cluster: connect with mode "single"';
  const says = `${engine}, ${field("role") === "slave" ? "a replica" : "a primary"} of ${mode}`;
  if (field("role") !== "slave" || isCluster) return { isCluster, finding: { check: "server", says } };
  const todo = ["writes are refused here: connect to the primary endpoint"];
  return { isCluster, finding: { check: "server", fault: "replica", says, todo } };
}

/** Clients are led to each node by the name that the cluster gives it. */
export async function nodesFinding(visit: Visit): Promise<Finding | undefined> {
  const ranges: unknown = await visit.call("CLUSTER", "SLOTS").catch(() => undefined);
  if (!Array.isArray(ranges)) return undefined;
  const nodes = new Map<string, { host: string; port: number }>();
  for (const range of ranges) {
    const primary: unknown = Array.isArray(range) ? range[2] : undefined;
    const [host, port] = Array.isArray(primary) ? primary.map((part: unknown) => part) : [];
    if (typeof host === "string" && typeof port === "number") nodes.set(`${host}:${port}`, { host, port });
  }
  const faults: string[] = [];
  for (const { host, port } of nodes.values()) {
    const reached = await reachByTls(host, host, port);
    if (reached.fault !== undefined) faults.push(reached.says);
  }
  if (faults.length === 0) return { check: "nodes", says: `all ${nodes.size} primaries are reached` };
  const says = `${faults.length} of ${nodes.size} primaries aren't reached`;
  return { check: "nodes", fault: "node", says, todo: faults };
}
