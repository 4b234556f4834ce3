import { Redis } from "ioredis";
import type { RedisAddress } from "./redis";

/** Does something on a server as its administrator, over a connection of its own, which ends when `given` is aborted. */
export async function administer<T>(
  { host, port, user, password }: RedisAddress,
  work: (client: Redis) => Promise<T>,
  given?: AbortSignal,
): Promise<T> {
  const client = new Redis({ host, port, username: user, password });
  client.on("error", () => undefined); // what fails for it says so too
  const end = () => {
    client.disconnect();
  };
  given?.addEventListener("abort", end);
  try {
    return await work(client);
  } finally {
    given?.removeEventListener("abort", end);
    client.disconnect();
  }
}
