import { Health } from "../health";
import { LimitDecision, LimitPath, LimitQuery, LimitSubjectPath, LimitUse } from "../service-limits";
import {
  LockAcquisition,
  LockPath,
  LockRelease,
  LockReleased,
  LockRenewal,
  LockRenewed,
  LockStatus,
  LockWish,
} from "../service-locks";
import type { RouteKey } from "../routes";
import type { Operation } from "./operation";
import { OpenApiDocument } from "./schemas";

const versioned = ["etag", "cache-control"] as const;

export const serviceOperations = {
  "POST /limits/{policy}/consume": {
    id: "consumeLimit",
    summary: "Use a limit",
    description: "A denial is an answer, too, and charges nothing.",
    request: { path: LimitPath, body: LimitUse },
    answers: { 200: { description: "Whether the subject may, and how it stands.", body: LimitDecision } },
  },
  "GET /limits/{policy}/{subject}": {
    id: "peekLimit",
    summary: "What using a limit would answer now",
    request: { path: LimitSubjectPath, query: LimitQuery },
    answers: { 200: { description: "Whether the subject may, and how it stands.", body: LimitDecision } },
  },
  "PUT /locks/{name}": {
    id: "acquireLock",
    summary: "Take a lock, or wait in order for it",
    description:
      "That another one has it is an answer, too. Send a `holder` of your own, new for each acquisition: sent again with the same one, as after a lost answer, it is the same lease. Let whatever the lock protects refuse a write under an older token.",
    request: { path: LockPath, body: LockWish },
    answers: { 200: { description: "The lease, or why there is none.", body: LockAcquisition } },
    problems: ["locks-unavailable"],
  },
  "PATCH /locks/{name}": {
    id: "renewLock",
    summary: "Make a lease last longer",
    request: { path: LockPath, body: LockRenewal },
    answers: { 200: { description: "How long it lasts.", body: LockRenewed } },
    problems: ["locks-unavailable"],
  },
  "DELETE /locks/{name}": {
    id: "releaseLock",
    summary: "Give a lock to the next one",
    request: { path: LockPath, query: LockRelease },
    answers: { 200: { description: "Whether the lease is over by this.", body: LockReleased } },
    problems: ["locks-unavailable"],
  },
  "GET /locks/{name}": {
    id: "getLock",
    summary: "Whether somebody has a lock, and how many wait for it",
    request: { path: LockPath },
    answers: { 200: { description: "How it is now.", body: LockStatus } },
    problems: ["locks-unavailable"],
  },
  "GET /health": {
    id: "getHealth",
    summary: "Whether Redis and PostgreSQL can be reached",
    answers: { 200: { description: "What is asked for is served.", body: Health } },
    problems: ["unhealthy"],
  },
  "GET /openapi.json": {
    id: "getDescription",
    summary: "This description",
    answers: {
      200: { description: "An OpenAPI 3.1 document.", body: OpenApiDocument, headers: versioned },
      304: { description: "It is the version that `if-none-match` names.", headers: versioned },
    },
  },
} satisfies Partial<Record<RouteKey, Operation>>;
