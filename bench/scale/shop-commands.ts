/** What a request of each kind asks of Redis, counted on the synthesized application as `npm start` runs it. */
import { setTimeout as pause } from "node:timers/promises";
import { CommandObserver, type RedisUse } from "./command-observer";
import type { ScaleShop } from "./scale-shop";

export interface RequestUse extends RedisUse {
  readonly request: string;
}

const times = 20;
/** Longer than what a process keeps is fresh without a look at the log: as in an environment that is called once in a while. */
const pauseMs = 600;

export async function measureRequests(shop: ScaleShop): Promise<RequestUse[]> {
  const observer = new CommandObserver(shop.redis);
  const uses: RequestUse[] = [];
  const measure = async (request: string, send: (at: number) => Promise<unknown>, betweenMs = pauseMs) => {
    await observer.forgetLimits();
    await send(0); // an environment is there, and what it reads is cached
    await observer.begin();
    for (let at = 1; at <= times; at++) {
      await pause(betweenMs);
      await send(at);
    }
    uses.push({ request, ...(await observer.used(times)) });
  };
  try {
    const get = (path: string, token?: string) => () => shop.ask("GET", path, token);

    await measure("GET /movies/{id}, at once again", get("/movies/1"), 0);
    await measure("GET /movies/{id}, half a second later", get("/movies/1"));
    await measure("GET /movies/{id}, loaded", (at) => shop.ask("GET", `/movies/${100 + at}`));
    await measure("GET /movies?genre=Drama", get("/movies?genre=Drama"));
    await measure("POST /sessions", () => shop.signIn("user"));
    // After those of the measurement: of a user's sessions the oldest go.
    const [user, service] = [await shop.signIn("user"), await shop.signIn("service")];
    await measure("GET /cart", get("/cart", user));
    await measure("PUT /cart/items/{id}", (at) => shop.ask("PUT", `/cart/items/${at + 1}`, user, { quantity: 1 }));
    await measure("GET /orders", get("/orders", user));
    await measure("GET /leaderboards/best-sellers-day", get("/leaderboards/best-sellers-day"));
    await measure("POST /limits/api-calls/consume", (at) =>
      shop.ask("POST", "/limits/api-calls/consume", service, { subject: `customer ${at}` }),
    );
    await measure("PUT and DELETE /locks/{name}", (at) => shop.lock(service, `lock ${at}`));
    await measure("PUT /cart/items/{id}, POST /orders", (at) => shop.order(user, at + 1));
    await observer.begin();
    await shop.work();
    uses.push({ request: "the two jobs of an order, in one run", ...(await observer.used(times + 1)) });
    await measure("an empty run of the worker", () => shop.work(), 0);
    return uses;
  } finally {
    observer.close();
  }
}
