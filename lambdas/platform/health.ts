/** What a function reaches, asked now: for people, load balancers and the check after a deploy. */
import type { Health, Reached } from "#contract/health";
import { guardOf, type RedisClient } from "@larder/toolkit";
import * as z from "zod/mini";
import type { Database } from "./database";

/** `down` without PostgreSQL: only what is cached is served. */
export interface Found extends Omit<Health, "status"> {
  readonly status: Health["status"] | "down";
}

/** Long enough to tell a slow Redis from one that is gone. */
const redisDeadlineMs = 500;

export async function healthOf(redis: RedisClient, database: Database): Promise<Found> {
  const [redisReached, postgres] = await Promise.all([
    reach(() => redisVersion(redis)),
    reach(() => postgresVersion(database)),
  ]);
  const status = !postgres.reached ? "down" : redisReached.reached ? "ok" : "degraded";
  return { status, redis: redisReached, postgres, node: process.version };
}

/** The reason is the error's message alone: its cause may hold addresses. */
async function reach(version: () => Promise<string>): Promise<Reached> {
  try {
    return { reached: true, version: await version() };
  } catch (error) {
    return { reached: false, reason: error instanceof Error ? error.message : "unknown" };
  }
}

async function redisVersion(redis: RedisClient): Promise<string> {
  const info = await guardOf(redis).run("info", redisDeadlineMs, (client) => client.info("server"));
  return /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? "unknown";
}

async function postgresVersion(database: Database): Promise<string> {
  const rows = await database.query(z.object({ server_version: z.string() }), "SHOW server_version", []);
  return rows[0]?.server_version ?? "unknown";
}
