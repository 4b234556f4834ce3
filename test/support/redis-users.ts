/**
 * The users of the shop's functions on the servers of tests, with the rights that the stacks give them. One for each store, also
 * where one server is both: what a function may do in one of them is no excuse for what it does in the other.
 */
import type { ConnectOptions } from "@larder/toolkit";
import { accessString } from "../../lib/constructs/redis-rights";
import { type RedisRole, redisRoles } from "../../lib/stacks/redis-roles";

export type RedisStore = "cache" | "state";

export const functionUsers = Object.entries(redisRoles).flatMap(([role, stores]) =>
  Object.entries(stores)
    .filter(([, rights]) => rights.length > 0)
    .map(([store, rights]) => ({ name: `${role}-${store}`, rights })),
);

/** Lines of redis.conf. All users have the same password, that of the server. */
export function usersOfFunctions(mode: ConnectOptions["mode"], password: string): readonly string[] {
  return functionUsers.map(({ name, rights }) => `user ${name} >${password} ${accessString(rights, mode)}`);
}

/** The same server, as the user of a function. */
export function signedInAs(role: RedisRole, store: RedisStore, address: ConnectOptions): ConnectOptions {
  const { credentials } = address;
  if (credentials === undefined) throw new Error("the address has no password, which all users share");
  return { ...address, credentials: { ...credentials, username: `${role}-${store}` } };
}
