/** A process of its own that uses sessions; it does one thing and tells what came of it. */
import { connectRedis, type RedisClient, RedisUnavailableError, type SessionOwner } from "@larder/toolkit";
import type { RedisAddress } from "../../../local/servers/redis";
import type { RedisMode } from "../../support/redis-clients";
import { adding, cartSessions } from "./cart-sessions";

export type Task =
  /** Stops itself between reading the session and writing it. */
  | { readonly do: "update, frozen"; readonly token: string; readonly item: string }
  /** Stops itself between checking who it is and making the session. */
  | { readonly do: "sign in, frozen"; readonly owner: SessionOwner }
  /** Many at once. */
  | { readonly do: "updates"; readonly token: string; readonly items: readonly string[]; readonly inFlight: number };

export interface ProcessSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  readonly task: Task;
}

/** Of `updates`: the items by what became of them, as far as the process knows. */
export interface Outcomes {
  readonly made: string[];
  readonly unknown: string[];
}

const { mode, redis: address, task } = JSON.parse(process.argv[2]!) as ProcessSettings;
const { host, port, user, password } = address;
const redis: RedisClient = connectRedis({
  mode,
  host,
  port,
  credentials: { username: user, password: () => password },
});
const store = cartSessions(redis);

function freeze(): void {
  process.kill(process.pid, "SIGSTOP");
}

async function perform(): Promise<unknown> {
  switch (task.do) {
    case "update, frozen":
      return store.update(task.token, (cart) => {
        if (!cart.items.includes("meanwhile")) freeze();
        return adding(task.item)(cart);
      });
    case "sign in, frozen": {
      const begun = await store.begin(task.owner);
      freeze();
      return (await store.create(begun, { items: [] }))?.token;
    }
    case "updates":
      return updateAll(task);
  }
}

/** What certainly wasn't made is tried again, until it was made or may have been. */
async function updateAll({ token, items, inFlight }: Task & { do: "updates" }): Promise<Outcomes> {
  const outcomes: Outcomes = { made: [], unknown: [] };
  const left = [...items];
  const work = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop())
      try {
        const session = await store.update(token, adding(item));
        if (session === undefined) throw new Error("the session has ended");
        outcomes.made.push(item);
      } catch (error) {
        if (!(error instanceof RedisUnavailableError)) throw error;
        if (error.mayBeDone) outcomes.unknown.push(item);
        else left.push(item);
        await new Promise((resolve) => setTimeout(resolve, 10)); // the breaker may be open
      }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return outcomes;
}

process.on("disconnect", () => process.exit()); // whoever began it is gone
void perform().then((answer) => process.send!({ answer }, () => process.exit()));
