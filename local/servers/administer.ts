import { Redis } from "ioredis";
import type { RedisAddress } from "./redis";

/** Does something on a server as its administrator, over a connection of its own. */
export async function administer<T>(
  { host, port, user, password }: RedisAddress,
  work: (client: Redis) => Promise<T>,
): Promise<T> {
  const client = new Redis({ host, port, username: user, password });
  client.on("error", () => undefined); // what fails for it says so too
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}
