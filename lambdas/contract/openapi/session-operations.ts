import type { RouteKey } from "../routes";
import { SessionList, SignedIn } from "../sessions";
import { SignIn } from "../users";
import type { Operation } from "./operation";

export const sessionOperations = {
  "POST /sessions": {
    id: "signIn",
    summary: "Sign in",
    description:
      "The token of the answer is that of the new session: send it as `authorization: Bearer <token>`. If a token is sent along here, its session ends.",
    request: { body: SignIn },
    answers: { 201: { description: "The new session, with its token.", body: SignedIn } },
    problems: ["wrong-credentials", "conflict", "sessions-unavailable", "database-unavailable"],
  },
  "GET /sessions": {
    id: "listSessions",
    summary: "One's own sessions",
    answers: { 200: { description: "All that haven't ended.", body: SessionList } },
    problems: ["database-unavailable"],
  },
  "DELETE /sessions/current": {
    id: "signOut",
    summary: "Sign out",
    answers: { 204: { description: "The session has ended." } },
  },
  "DELETE /sessions": {
    id: "signOutEverywhere",
    summary: "Sign out everywhere",
    answers: { 204: { description: "All sessions of the user have ended." } },
    problems: ["database-unavailable"],
  },
} satisfies Partial<Record<RouteKey, Operation>>;
