/** Reports what Redis refused the users of functions: a right that is missing would else look like a Redis that has a bad day. */
import { administer } from "./administer";
import { functionUsers } from "./redis-users";
import { servers } from "./servers";

export function allServers() {
  const { redis, cluster } = servers();
  const { user, password } = cluster;
  return [redis, ...cluster.nodes.map((node) => ({ ...node, user, password }))];
}

const names = new Set(functionUsers.map(({ name }) => name));

/** Such as `catalog-state may not run zcard`. */
export async function refusals(): Promise<string[]> {
  const ofServers = await Promise.all(
    allServers().map((server) => administer(server, (client) => client.call("ACL", "LOG", 128))),
  );
  const entries = ofServers.flatMap((log) => (Array.isArray(log) ? log : [])).map(fieldsOf);
  const refused = entries.filter(({ reason, username }) => reason !== "auth" && names.has(username ?? ""));
  return [
    ...new Set(refused.map(({ username, reason, object }) => `${username} has no right to the ${reason} ${object}`)),
  ];
}

function fieldsOf(entry: unknown): Record<string, string> {
  const flat = Array.isArray(entry) ? entry.map(String) : [];
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ""]] : [])));
}

export async function forgetRefusals(): Promise<void> {
  await Promise.all(allServers().map((server) => administer(server, (client) => client.call("ACL", "LOG", "RESET"))));
}
