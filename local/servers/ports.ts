/** Free ports of this machine, below those that systems hand out for outgoing connections, so that none is taken meanwhile. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** A cluster node also listens on its port plus this. */
const clusterBusOffset = 10_000;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
}

/** A port whose cluster bus port is free as well: Redis starts without its bus otherwise, and says so in its log only. */
export async function freeClusterPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 22_000);
    if ((await isFree(port)) && (await isFree(port + clusterBusOffset))) return port;
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once("error", () => resolve(false))
      .listen({ host: "127.0.0.1", port }, () => probe.close(() => resolve(true)));
  });
}
