import type { BoardChange, BoardWindow } from "@larder/toolkit";
import type { RedisAddress } from "../../../../local/servers/redis";
import type { RedisMode } from "../../../support/redis-clients";

export const boardName = "films";
export const windows: readonly BoardWindow[] = ["day", "week", "all"];

/** So few that processes often add the same one. */
export const orders = 20_000;

export interface WorkerSettings {
  readonly mode: RedisMode;
  readonly redis: RedisAddress;
  readonly historyFolder: string;
  /** When the orders were. */
  readonly nowMs: number;
  /** The control doesn't know an order again: each attempt has an id of its own. */
  readonly knowsOrders: boolean;
}

export interface Order {
  readonly id: string;
  readonly atMs: number;
  readonly changes: readonly BoardChange[];
}

/** What an order of this number is, in every process. */
export function orderOf(number: number, nowMs: number): Order {
  return {
    id: `order ${number}`,
    atMs: nowMs - (number % 4) * 40_000_000,
    changes: [
      { member: `film ${number % 7}`, by: 1 + (number % 3) },
      { member: `film ${7 + (number % 11)}`, by: number % 5 === 0 ? -1 : 1 },
    ],
  };
}
