/** People who look at films, and people who sign in: as many a second, however long the answers take. */
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "./client";
import type { Login } from "./drill-shop";
import type { GoingOn } from "./going-on";

const films = 300;
const genres = ["Drama", "Comedy", "Action", "Horror"];

export async function readFilms(client: Client, load: GoingOn): Promise<void> {
  await atRate(4, load, () =>
    Math.random() < 0.8
      ? client.ask("GET /movies/{id}", { path: `/movies/${1 + Math.floor(Math.random() ** 2 * films)}` })
      : client.ask("GET /movies", { path: `/movies?genre=${oneOf(genres)}&page=${1 + Math.floor(Math.random() * 3)}` }),
  );
}

export async function readCart(client: Client, login: Login, load: GoingOn): Promise<void> {
  await client.signIn(login);
  await atRate(1, load, () => client.ask("GET /cart", { path: "/cart" }));
}

/** A session that was given. */
export interface GivenSession {
  readonly token: string;
  readonly atMs: number;
}

/** Each client signs in once in eight seconds: an address may do so sixty times in ten minutes. */
export async function signInAgain(
  client: Client,
  login: Login,
  load: GoingOn,
  onSession: (session: GivenSession) => void,
): Promise<void> {
  await atRate(1 / 8, load, async () => {
    client.token = undefined; // or its session would end
    const token = await client.signIn(login);
    if (token !== undefined) onSession({ token, atMs: performance.now() });
  });
}

/** They don't wait for one another, so that what takes long is seen. */
async function atRate(perSecond: number, load: GoingOn, ask: () => Promise<unknown>): Promise<void> {
  const asked: Promise<unknown>[] = [];
  await pause(Math.random() * (1_000 / perSecond));
  while (load.goesOn) {
    asked.push(ask());
    await pause(1_000 / perSecond);
  }
  await Promise.all(asked);
}

function oneOf<T>(things: readonly T[]): T | undefined {
  return things[Math.floor(Math.random() * things.length)];
}
