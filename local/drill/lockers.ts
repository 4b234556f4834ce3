/** Services that want the same locks, and what they guard: it notices two who have a lock at once, and a token that goes back. */
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";
import type { Client } from "./client";
import type { Login } from "./drill-shop";
import type { GoingOn } from "./going-on";

const Acquisition = z.discriminatedUnion("acquired", [
  z.object({ acquired: z.literal(true), token: z.int(), holder: z.string(), remainingMs: z.int() }),
  z.object({ acquired: z.literal(false) }),
]);

const names = ["stocktaking", "payout"];
const leaseMs = 3_000;

/** What the locks protect. */
export class GuardedThings {
  acquired = 0;
  readonly violations: string[] = [];
  readonly #lastTokens = new Map<string, number>();
  readonly #heldUntilMs = new Map<string, Map<number, number>>();

  /** @param untilMs when whoever has the lease stops believing in it by themselves, by `performance.now` */
  enter(name: string, token: number, untilMs: number): void {
    this.acquired++;
    const now = performance.now();
    const last = this.#lastTokens.get(name) ?? 0;
    if (token <= last) this.violations.push(`${name}: token ${token} after ${last}`);
    this.#lastTokens.set(name, Math.max(token, last));
    const held = this.#heldUntilMs.get(name) ?? new Map<number, number>();
    for (const [other, otherUntilMs] of held)
      if (otherUntilMs > now) this.violations.push(`${name}: had under token ${other} and ${token} at once`);
    this.#heldUntilMs.set(name, held.set(token, untilMs));
  }

  leave(name: string, token: number): void {
    this.#heldUntilMs.get(name)?.delete(token);
  }
}

export async function lockAgain(client: Client, login: Login, load: GoingOn, things: GuardedThings): Promise<void> {
  await client.signIn(login);
  while (load.goesOn) {
    const name = names[Math.floor(Math.random() * names.length)] ?? "";
    const sentMs = performance.now();
    const body = { leaseMs, waitMs: 500 };
    const answer = await client.ask("PUT /locks/{name}", { path: `/locks/${name}`, body });
    if (answer.status === 401) await client.signIn(login);
    const taken = Acquisition.safeParse(answer.body).data;
    if (taken?.acquired === true) {
      const { token, holder, remainingMs } = taken;
      things.enter(name, token, sentMs + remainingMs);
      await pause(200 + Math.random() * 300);
      things.leave(name, token);
      await client.ask("DELETE /locks/{name}", {
        path: `/locks/${name}?token=${token}&holder=${encodeURIComponent(holder)}`,
      });
    }
    await pause(300 + Math.random() * 400);
  }
}
