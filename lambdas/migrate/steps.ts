/** The steps this build knows: the SQL files, by the number in their names, and the films once there is a table for them. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { loadFilms } from "./load-films";

export interface Step {
  readonly version: number;
  readonly name: string;
  readonly run: (client: Client) => Promise<void>;
}

/** After the file that creates their table. Loaded once: later the shop owns them, and a deleted film stays deleted. */
const filmsVersion = 2;
/** The step that makes the outbox: no earlier one has a place to note what it changes under the cache. */
export const outboxVersion = 3;

export async function knownSteps(migrationsFolder: string, filmsFile: string): Promise<Step[]> {
  const names = (await readdir(migrationsFolder)).filter((name) => name.endsWith(".sql"));
  const files = names.map((name) => ({
    version: versionOf(name),
    name: name.replace(/\.sql$/, ""),
    run: async (client: Client) => {
      await client.query(await readFile(join(migrationsFolder, name), "utf8"));
    },
  }));
  const films = { version: filmsVersion, name: "0002-films", run: (client: Client) => loadFilms(client, filmsFile) };
  return inOrder([...files, films]);
}

function versionOf(name: string): number {
  const digits = /^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1];
  if (digits === undefined) throw new Error(`migration ${name} has no valid name: call it like 0005-what-it-does.sql`);
  return Number(digits);
}

function inOrder(steps: Step[]): Step[] {
  const sorted = steps.toSorted((one, other) => one.version - other.version);
  sorted.forEach(({ version, name }, at) => {
    if (version !== at + 1)
      throw new Error(`migration ${name} should have the number ${at + 1}: number them without gaps`);
  });
  return sorted;
}
