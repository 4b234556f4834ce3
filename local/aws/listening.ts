/** HTTP servers of this machine only. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Its address. 0 takes a free port. */
export async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: unknown) => {
    throw new Error(`can't listen on port ${port}: stop what listens there or choose another`, { cause: error });
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error(`listens on ${String(address)}, not on a port`);
  return `http://127.0.0.1:${address.port}`;
}

/** Resolves when the last connection has ended. */
export async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, "close");
}
