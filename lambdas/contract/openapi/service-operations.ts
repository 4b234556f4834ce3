import { Health } from "../health";
import { LimitDecision, LimitPath, LimitQuery, LimitSubjectPath, LimitUse } from "../service-limits";
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
