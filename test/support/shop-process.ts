/**
 * The film shop in this process: its functions on real stores, with the authorizer before them as API Gateway puts it there.
 */
import { Locks, type RedisClient, SharedCache, type SessionStore } from "@larder/toolkit";
import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import { routes as accountsRoutes } from "../../lambdas/accounts/endpoints";
import { accountsServices } from "../../lambdas/accounts/services";
import { authorize } from "../../lambdas/authorizer/authorize";
import { routes as catalogRoutes } from "../../lambdas/catalog/endpoints";
import { catalogServices } from "../../lambdas/catalog/services";
import { routes as checkoutRoutes } from "../../lambdas/checkout/endpoints";
import { checkoutServices } from "../../lambdas/checkout/services";
import { routes as coordinationRoutes } from "../../lambdas/coordination/endpoints";
import { adminQueues, coordinationServices } from "../../lambdas/coordination/services";
import { routes as leaderboardsRoutes } from "../../lambdas/leaderboards/endpoints";
import { leaderboardsServices } from "../../lambdas/leaderboards/services";
import { routes as operationsRoutes } from "../../lambdas/operations/endpoints";
import { operationsServices } from "../../lambdas/operations/services";
import type { Role } from "../../lambdas/contract/identity";
import { apiRoutes } from "../../lambdas/contract/routes";
import { User } from "../../lambdas/contract/users";
import type { Database } from "../../lambdas/platform/database";
import { httpFunction } from "../../lambdas/platform/http-function";
import { Limits } from "../../lambdas/platform/limits";
import { Edge } from "../../lambdas/platform/edge";
import { openSessions } from "../../lambdas/platform/sessions";
import { BestSellers, openBestSellerBoard } from "../../lambdas/shop/best-sellers";
import type { Payments } from "../../lambdas/shop/payments";
import { type ProviderBehaviour, SimulatedPayments } from "../../lambdas/shop/simulated-payments";
import { readSessionData, type SessionData } from "../../lambdas/shop/session-data";
import { handler as unmatched } from "../../lambdas/unmatched/handler";
import { expectDescribed } from "./described-answer";
import { elastiCacheInProcess } from "./elasticache";
import { type Answer, answerOf, httpEvent, lambdaContext } from "./invoke";
import { orderJobsOn } from "./order-jobs";
import type { RedisRole } from "../../lib/stacks/redis-roles";
import { connected } from "./redis-clients";
import { type RedisStore, signedInAs } from "./redis-users";
import { connectedDatabase, type DatabaseEnvironment } from "./shop-database";

interface ShopRequest {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface SignedIn {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

export interface ShopProcess {
  readonly database: Database;
  readonly sessions: SessionStore<SessionData>;
  readonly catalog: ReturnType<typeof catalogServices>;
  readonly accounts: ReturnType<typeof accountsServices>;
  readonly bestSellers: BestSellers;
  /** How its payment provider behaves from now on, and what happens once it has answered. By default all goes well at once. */
  readonly provider: { behaviour: ProviderBehaviour; onAnswer: () => Promise<void> | void };
  /** Fails if the answer is none that the OpenAPI document describes. */
  ask(method: string, target: string, request?: ShopRequest): Promise<Answer>;
  /** A new user of that role, with a session. */
  newcomer(role?: Role): Promise<SignedIn>;
  /** One more session of a user; its token. */
  signIn(user: Pick<SignedIn, "email" | "password">, token?: string): Promise<string>;
}

const noEdge = new Edge({});

const Token = z.object({ token: z.string() });

/**
 * A process of it. Its near cache proves at each call what it serves.
 *
 * @param coordinated where services' locks and the queues lie. @default - where all the rest does
 */
export function shopProcess(
  address: Parameters<typeof connected>[0],
  env: DatabaseEnvironment,
  coordinated = address,
): ShopProcess {
  const as = (role: RedisRole, store: RedisStore, server = address) => connected(signedInAs(role, store, server));
  const database = connectedDatabase(env);
  const sessionsOf = (redis: RedisClient) => openSessions(redis, readSessionData);
  const cacheOn = (redis: RedisClient) => new SharedCache({ redis, near: { maxStalenessMs: 0 } });
  const catalogCache = as("catalog", "cache");
  const catalog = catalogServices(catalogCache, database, cacheOn(catalogCache));
  const accountsState = as("accounts", "state");
  const accounts = accountsServices(
    database,
    cacheOn(as("accounts", "cache")),
    sessionsOf(accountsState),
    new Limits({ redis: accountsState }),
  );
  const provider: ShopProcess["provider"] = { behaviour: {}, onAnswer: () => undefined };
  const simulated = new SimulatedPayments(database, () => provider.behaviour);
  const payments: Payments = {
    async charge(charge, signal) {
      const outcome = await simulated.charge(charge, signal);
      await provider.onAnswer();
      return outcome;
    },
  };
  const checkoutState = as("checkout", "state");
  const checkout = checkoutServices(
    database,
    sessionsOf(checkoutState),
    new Locks({ redis: checkoutState }),
    payments,
    orderJobsOn(database, checkoutState),
  );
  const coordinationState = as("coordination", "state");
  const shared = coordinated === address ? coordinationState : as("coordination", "state", coordinated);
  const coordination = coordinationServices(coordinationState, new Locks({ redis: shared }), adminQueues(shared), {
    remainingMs: () => 10_000,
  });
  const board = openBestSellerBoard(as("leaderboards", "state"));
  const leaderboards = leaderboardsServices(board, database, cacheOn(as("leaderboards", "cache")));
  const found = sessionsOf(as("authorizer", "state"));
  const operations = operationsServices(elastiCacheInProcess("shop"), { cache: "shop", state: "shop" });
  const handlers = {
    catalog: httpFunction({ limits: "none", env: z.object({}), services: () => catalog, routes: catalogRoutes }),
    checkout: httpFunction({ limits: "none", env: z.object({}), services: () => checkout, routes: checkoutRoutes }),
    coordination: httpFunction({
      limits: "none",
      env: z.object({}),
      services: () => coordination,
      routes: coordinationRoutes,
    }),
    leaderboards: httpFunction({
      limits: "none",
      env: z.object({}),
      services: () => leaderboards,
      routes: leaderboardsRoutes,
    }),
    accounts: httpFunction({ limits: "none", env: z.object({}), services: () => accounts, routes: accountsRoutes }),
    operations: httpFunction({
      limits: "none",
      env: z.object({}),
      services: () => operations,
      routes: operationsRoutes,
    }),
  };

  async function ask(method: string, target: string, { token, headers, body }: ShopRequest = {}): Promise<Answer> {
    const event = httpEvent(method, target, {
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const route = apiRoutes.find(({ method, path }) => event.routeKey === `${method} ${path}`);
    if (route === undefined) return answerOf(await unmatched(event));
    if (route.access !== "public") {
      const { context } = await authorize(event, found, noEdge);
      Object.assign(event.requestContext, { authorizer: { lambda: context } });
    }
    const answer = answerOf(await handlers[route.function](event, lambdaContext()));
    expectDescribed(route, answer);
    return answer;
  }

  async function signIn({ email, password }: Pick<SignedIn, "email" | "password">, token?: string): Promise<string> {
    const answer = await ask("POST", "/sessions", { token, body: { email, password } });
    if (answer.status !== 201) throw new Error(`no sign-in: ${answer.status} ${JSON.stringify(answer.body)}`);
    return Token.parse(answer.body).token;
  }

  async function newcomer(role: Role = "user"): Promise<SignedIn> {
    const login = { email: `user-${randomUUID()}@example.com`, password: "correct horse battery" };
    const { id } = User.parse((await ask("POST", "/users", { body: { name: "A newcomer", ...login } })).body);
    await database.query(z.object({}), "UPDATE users SET role = $2 WHERE id = $1", [id, role]);
    return { id: String(id), ...login, token: await signIn(login) };
  }

  // What tests do by these, the worker and the accounts do.
  const bestSellers = new BestSellers(openBestSellerBoard(as("worker", "state")), database);
  const { sessions } = accounts;
  return { database, sessions, catalog, accounts, bestSellers, provider, ask, newcomer, signIn };
}
