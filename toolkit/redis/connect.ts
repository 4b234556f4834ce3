/**
 * Opens connections to Redis, one primary or a cluster, with the settings that ElastiCache and Lambda need and ioredis
 * doesn't have by default.
 */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { systemClock } from "../clock/moment";
import { checkConnectOptions, type ConnectOptions } from "./connect-options";
import { rememberSignIns, SignIns } from "./sign-ins";
import { isWaitedFor } from "./waited-for";
import { withoutCommand } from "./without-command";

export type RedisClient = Redis | Cluster;

/** A new connection, TLS and sign-in included, has this long. */
const connectTimeoutMs = 2_000;
/** A server that owes an answer and sends nothing for this long is gone, though its socket is open (a hung host). */
const silenceMs = 500;
/** How often a cluster client looks where the slots are, beside what `MOVED` tells it. Each look is a new connection and sign-in. */
const slotsRefreshMs = 60_000;

/**
 * Connects in the background and returns at once; pass the client to the toolkit, whose guard waits for it.
 *
 * Nothing is sent twice, and nothing waits for a lost connection to come back: a write that waited could undo a newer
 * one. One exception: a command for a cluster node that is just being connected is sent when it is, up to two seconds
 * late, for ioredis can't be told otherwise.
 *
 * @throws TypeError or RangeError for options that can't be
 */
export function connectRedis(options: ConnectOptions): RedisClient {
  checkConnectOptions(options);
  const { credentials, clock = systemClock, onError } = options;
  const signIns = credentials && new SignIns(credentials, clock, onError);
  const client = options.mode === "cluster" ? connectCluster(options, signIns) : connectSingle(options, signIns);
  if (signIns !== undefined) rememberSignIns(client, signIns);
  return client;
}

function connectSingle({ host, port, tls, onError }: ConnectOptions, signIns: SignIns | undefined): Redis {
  const client: Redis = new Redis({
    ...connectionOptions(tls),
    host,
    port,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => pauseMs(client, attempt),
    // The endpoint's name still led to a primary that has been demoted: look it up again.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
  signIns?.add(client);
  listenForErrors(client, "error", onError);
  client.connect().catch(alreadyReported);
  return client;
}

function connectCluster({ host, port, tls, onError }: ConnectOptions, signIns: SignIns | undefined): Cluster {
  const client: Cluster = new Cluster([{ host, port }], {
    lazyConnect: true,
    clusterRetryStrategy: (attempt) => pauseMs(client, attempt),
    retryDelayOnFailover: 0, // ioredis would send the command again, done or not
    maxRedirections: 3,
    slotsRefreshInterval: slotsRefreshMs,
    slotsRefreshTimeout: connectTimeoutMs,
    // Nodes announce host names; resolving them to addresses here would fail the certificate's check.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions: connectionOptions(tls),
  });
  client.on("+node", (node: Redis) => {
    signIns?.add(node);
    // Now, not when the first command needs the node.
    if (node.status === "wait") node.connect().catch(alreadyReported);
  });
  listenForErrors(client, "error", onError);
  listenForErrors(client, "node error", onError);
  client.connect().catch(alreadyReported);
  return client;
}

function connectionOptions(tls = false): RedisOptions {
  return {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    socketTimeout: silenceMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    ...(tls ? { tls: {} } : {}),
  };
}

/** Without a listener ioredis prints every failed attempt, the command with it: at a sign-in that is the password. */
function listenForErrors(client: RedisClient, event: "error" | "node error", onError: ConnectOptions["onError"]): void {
  client.on(event, (error: Error) => onError?.(withoutCommand(error)));
}

/**
 * Before an attempt to connect. The first comes soon, so that what was lost with a connection can be sent again within a short
 * deadline; and while a command waits, none comes later than it may wait: a Lambda environment runs only then.
 */
function pauseMs(client: RedisClient, attempt: number): number {
  const longestMs = isWaitedFor(client) ? 80 : 1_000;
  return Math.min(10 * 2 ** Math.min(attempt, 7), longestMs) * (0.5 + Math.random() / 2);
}

function alreadyReported(): void {
  // The same error reaches the listeners above; ioredis tries again by itself.
}
