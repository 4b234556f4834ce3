/** Faults of a run, one at a time and each of its own length, at random. */
import type { RedisServer } from "../../../../local/servers/redis";
import { administer } from "../../../support/administer";
import type { TcpProxy } from "../../../support/tcp-proxy";
import { disturb as disturbFleet, oneOf, pause } from "../../../support/process-fleet";
import type { Fleet } from "./fleet";

export type Fault = () => Promise<void>;

/** At a pace at which a process comes to something in between. */
export function disturb(faults: readonly Fault[], seconds: number): Promise<void> {
  return disturbFleet(faults, seconds, { leastPauseMs: 200, mostPauseMs: 600 });
}

export function processFaults(fleet: Fleet): Fault[] {
  return [() => fleet.freezeOne(Math.random() * 600), async () => fleet.killOne()];
}

export function networkFaults(fleet: Fleet, proxies: readonly TcpProxy[]): Fault[] {
  const stall = (proxy: TcpProxy) =>
    fleet.during("pause", async () => {
      proxy.stall();
      await pause(Math.random() * 400);
      proxy.resume();
    });
  const on = (fault: (proxy: TcpProxy) => void | Promise<void>) => async () => fault(oneOf(proxies)!);
  return [
    on(stall),
    on((proxy) => proxy.loseReplies(Math.random())),
    on((proxy) => proxy.cut(Math.random())),
    on((proxy) => proxy.cutAfterNextCommand(Math.random())),
  ];
}

export function freeze(fleet: Fleet, server: RedisServer): Promise<void> {
  return fleet.during("pause", async () => {
    server.freeze();
    await pause(Math.random() * 400);
    server.thaw();
  });
}

export function flush(fleet: Fleet, server: RedisServer): Promise<void> {
  return fleet.during("loss", async () => {
    await administer(server.address, (client) => client.flushall());
  });
}
