/**
 * What each function may do in the two Redis stores. It signs in to each as a user of its own, and whatever isn't here
 * is refused with `NOPERM`.
 */
import type { CollectionName } from "../../lambdas/contract/collections";
import type { ApiLimit } from "../../lambdas/contract/limits";
import type { QueueName } from "../../lambdas/contract/queues";
import {
  boardCounted,
  boardRead,
  cached,
  limited,
  limitReset,
  locked,
  lockSeen,
  queued,
  queueTended,
  queueWorked,
  type RedisRights,
  replicated,
  sessionsKept,
  sessionsUsed,
} from "../constructs/redis-rights";

interface RoleRights {
  readonly cache: readonly RedisRights[];
  readonly state: readonly RedisRights[];
}

const collections = (...names: readonly CollectionName[]) => names.map(cached);
const limits = (...names: readonly ApiLimit[]) => names.map(limited);
const queue = (of: (name: string) => RedisRights, ...names: readonly QueueName[]) => names.map(of);
const board = "best-sellers";

export const redisRoles = {
  catalog: {
    cache: collections("movies", "movie-searches"),
    state: [...limits("address", "user"), ...queue(queued, "refreshes")],
  },
  accounts: {
    cache: collections("users", "movies"),
    state: [
      ...limits("address", "user", "sign-in-address", "sign-in", "sign-in-account"),
      limitReset("sign-in" satisfies ApiLimit),
      sessionsKept,
      replicated,
      ...queue(queued, "refreshes"),
    ],
  },
  checkout: {
    cache: [],
    state: [...limits("address", "user"), sessionsUsed, locked("cart?*"), ...queue(queued, "orders")],
  },
  leaderboards: {
    cache: collections("movies"),
    state: [...limits("address", "user"), boardRead(board)],
  },
  authorizer: { cache: [], state: [sessionsUsed] },
  coordination: {
    cache: [],
    state: [
      ...limits("address", "user"),
      limited("service-*"),
      locked("service?*"),
      lockSeen("service?*"),
      replicated,
      ...queue(queueTended, "orders", "refreshes"),
    ],
  },
  worker: {
    cache: collections("movies", "movie-searches", "users"),
    state: [
      locked("cart?*"),
      locked("scheduled?*"),
      ...queue(queued, "orders"),
      ...queue(queueWorked, "orders", "refreshes"),
      ...queue(queueTended, "orders", "refreshes"), // it counts what waits
      boardCounted(board),
    ],
  },
} as const satisfies Record<string, RoleRights>;

export type RedisRole = keyof typeof redisRoles;

/** What the roles may do in a group that serves these stores. A role without any use for them has no user in it. */
export function rightsIn(stores: readonly (keyof RoleRights)[]): Readonly<Record<string, readonly RedisRights[]>> {
  const all: Readonly<Record<string, RoleRights>> = redisRoles;
  const rights = Object.entries(all).map(([role, of]) => [role, stores.flatMap((store) => of[store])] as const);
  return Object.fromEntries(rights.filter(([, of]) => of.length > 0));
}
