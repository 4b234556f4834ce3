/** A Redis server that someone else runs, named by a URL. */
import { Redis } from "ioredis";
import type { RedisAddress } from "./redis";

/** @throws if it doesn't answer */
export async function givenRedis(url: string): Promise<RedisAddress> {
  const { protocol, hostname, port, username, password } = parse(url);
  if (protocol !== "redis:")
    throw new Error(
      `LARDER_REDIS_URL begins with ${protocol}// and must begin with redis://: on one machine there is no TLS`,
    );
  const address = {
    host: hostname,
    port: port === "" ? 6379 : Number(port),
    user: username === "" ? "default" : decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  await mustAnswer(address);
  return address;
}

/** The value isn't shown: it may hold a password. */
function parse(url: string): URL {
  if (URL.canParse(url) && !/%(?![0-9a-f]{2})/i.test(url)) return new URL(url);
  throw new Error("LARDER_REDIS_URL is no URL: write it as redis://user:password@127.0.0.1:6379, percent-encoded");
}

async function mustAnswer({ host, port, user, password }: RedisAddress): Promise<void> {
  const login = password === "" ? {} : { username: user, password };
  const client = new Redis({
    host,
    port,
    ...login,
    lazyConnect: true,
    connectTimeout: 3_000,
    retryStrategy: () => null,
  });
  let cause = "it closed the connection";
  client.on("error", (error) => (cause = error.message));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    const reason = error instanceof Error && !error.message.includes("Connection is closed") ? error.message : cause;
    throw new Error(`the Redis of LARDER_REDIS_URL, ${host}:${port}, does not answer: ${reason}`);
  } finally {
    if (client.status !== "end") client.disconnect(); // On one that has ended, it would leave a timer running.
  }
}
