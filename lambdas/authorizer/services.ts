import type { authorizerEnv } from "#contract/functions";
import { stateRedisFrom } from "#platform/redis";
import { openSessions } from "#platform/sessions";
import { readSessionData, type SessionData } from "#shop/session-data";
import type { SessionStore } from "@larder/toolkit";
import type * as z from "zod/mini";

export function buildServices(env: z.infer<typeof authorizerEnv>): { sessions: SessionStore<SessionData> } {
  return { sessions: openSessions(stateRedisFrom(env), readSessionData) };
}
