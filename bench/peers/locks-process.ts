/** Takes locks, as it is told by messages, and sends what it measured. */
import * as z from "zod/mini";
import { type LockLibrary, lockLibraries, openLocks, type Take } from "./libraries/locks";
import { SingleEndpoint } from "./single-endpoint";

/** What `locks.ts` asks for. */
export const Order = z.discriminatedUnion("do", [
  z.object({ do: z.literal("open"), endpoint: SingleEndpoint, libraries: z.array(z.enum(lockLibraries)) }),
  z.object({
    do: z.literal("take and release"),
    library: z.enum(lockLibraries),
    inFlight: z.number(),
    forMs: z.number(),
  }),
  /** Without `holdMs` until it is told to release. */
  z.object({ do: z.literal("hold"), library: z.enum(lockLibraries), name: z.string(), holdMs: z.optional(z.number()) }),
  z.object({ do: z.literal("release") }),
]);
export type Order = z.infer<typeof Order>;

/** By the clock that all processes of the machine share. */
export const Held = z.object({ askedMs: z.number(), acquiredMs: z.number(), releasedMs: z.number() });
export type Held = z.infer<typeof Held>;

const names = Array.from({ length: 1_000 }, (_, at) => `lock-${at}`);
const opened = new Map<LockLibrary, Take>();
let release: () => void = () => undefined;

async function follow(order: Order): Promise<unknown> {
  switch (order.do) {
    case "open":
      for (const library of order.libraries) opened.set(library, await openLocks(library, order.endpoint));
      return "opened";
    case "take and release":
      return rateOf(takeOf(order.library), order.inFlight, order.forMs);
    case "hold":
      return hold(takeOf(order.library), order.name, order.holdMs);
    case "release":
      release();
      return "released";
  }
}

function takeOf(library: LockLibrary): Take {
  const take = opened.get(library);
  if (take === undefined) throw new Error(`${library} isn't opened`);
  return take;
}

async function rateOf(take: Take, inFlight: number, forMs: number): Promise<number> {
  const begunMs = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() - begunMs < forMs) await (await take(names[count++ % names.length] ?? ""))();
    }),
  );
  return (1_000 * count) / (performance.now() - begunMs);
}

async function hold(take: Take, name: string, holdMs: number | undefined): Promise<Held> {
  const askedMs = monotonicMs();
  const free = await take(name);
  const acquiredMs = monotonicMs();
  await new Promise<void>((resolve) => {
    if (holdMs === undefined) release = resolve;
    else setTimeout(resolve, holdMs);
  });
  const releasedMs = monotonicMs();
  await free();
  return { askedMs, acquiredMs, releasedMs };
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

process.on("message", ({ id, order }: { id: number; order: unknown }) => {
  void follow(Order.parse(order)).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
