/** Statements with checked rows, and the one place that tells a database that is gone from a statement that is wrong. */
import { DatabaseError, type QueryResult } from "pg";
import * as z from "zod/mini";
import { DatabaseUnavailableError } from "./errors";

export interface Queries {
  /**
   * Runs one parameterised statement; each row is checked by `row`.
   *
   * @throws DatabaseUnavailableError when the server gave no answer; a statement that changes something may have run
   */
  query<Row>(row: z.ZodMiniType<Row>, text: string, values: readonly unknown[]): Promise<Row[]>;
}

/** A pool, or one of its connections. */
export interface Connection {
  query(text: string, values?: unknown[]): Promise<QueryResult>;
}

/** SQLSTATE classes and codes by which a server says that it can't serve now: connection, sign-in, resources, shutting down, timed out. */
const cantServeNow = /^(08|25P03|28|53|57P0[1-3]|57014)/;

export function queriesOn(connection: Connection): Queries {
  return {
    async query(row, text, values) {
      const { rows } = await answered(connection.query(text, [...values]));
      return z.array(row).parse(rows);
    },
  };
}

/** The server's answer; what it refused as wrong is thrown as it is. */
export async function answered<T>(answer: Promise<T>, unavailable?: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DatabaseError && !cantServeNow.test(error.code ?? "")) throw error;
    throw new DatabaseUnavailableError(error, unavailable);
  }
}
