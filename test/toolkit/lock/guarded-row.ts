/** Rows in PostgreSQL that locks protect, and a record of every write that was accepted. */
import { fencePredicate, fenceValues, type LeaseId } from "@larder/toolkit";
import type { Client } from "pg";

export async function createRows(client: Client, names: readonly string[]): Promise<void> {
  await client.query(`
    CREATE TABLE guarded (
      name text PRIMARY KEY, writes integer NOT NULL, fence_token bigint NOT NULL, fence_holder text NOT NULL);
    CREATE TABLE accepted (name text, write integer, token bigint, holder text, PRIMARY KEY (name, write))`);
  for (const name of names) await client.query("INSERT INTO guarded VALUES ($1, 0, 0, '')", [name]);
}

const write = (condition: string) => `
  WITH written AS (
    UPDATE guarded SET writes = writes + 1, fence_token = $2, fence_holder = $3
    WHERE name = $1 AND ${condition} RETURNING *)
  INSERT INTO accepted SELECT name, writes, fence_token, fence_holder FROM written`;

const fenced = write(fencePredicate(2));
const unfenced = write("TRUE");

/** Whether it was accepted. */
export async function writeRow(client: Client, name: string, lease: LeaseId, isFenced = true): Promise<boolean> {
  const { rowCount } = await client.query(isFenced ? fenced : unfenced, [name, ...fenceValues(lease)]);
  return rowCount === 1;
}

export interface AcceptedWrite extends LeaseId {
  readonly name: string;
  readonly write: number;
}

/** In the order in which they were made. */
export async function acceptedWrites(client: Client): Promise<AcceptedWrite[]> {
  const { rows } = await client.query<Record<keyof AcceptedWrite, string>>(
    "SELECT * FROM accepted ORDER BY name, write",
  );
  return rows.map(({ name, write: number, token, holder }) => ({
    name,
    write: Number(number),
    token: Number(token),
    holder,
  }));
}
