import type { RouteKey } from "../routes";
import { NewUser, User, UserChange, UserPath } from "../users";
import type { Operation } from "./operation";
import { whileLoading } from "./problems";

const selfOrAdministrator = "For the user themselves and administrators.";

export const userOperations = {
  "POST /users": {
    id: "signUp",
    summary: "Sign up",
    request: { body: NewUser },
    answers: { 201: { description: "The new user.", body: User, headers: ["location"] } },
    problems: ["conflict", "database-unavailable"],
  },
  "GET /users/{id}": {
    id: "getUser",
    summary: "A user",
    description: selfOrAdministrator,
    request: { path: UserPath },
    answers: { 200: { description: "The user.", body: User, headers: ["x-cache"] } },
    problems: ["not-found", ...whileLoading],
  },
  "PATCH /users/{id}": {
    id: "changeUser",
    summary: "Change a user",
    description: `${selfOrAdministrator} A new role ends the user's sessions, a new password all but the one that it was changed by.`,
    request: { path: UserPath, body: UserChange },
    answers: { 200: { description: "The user as they are now.", body: User } },
    problems: ["not-found", "conflict", "database-unavailable"],
  },
  "DELETE /users/{id}": {
    id: "removeUser",
    summary: "Remove a user, and end their sessions",
    description: selfOrAdministrator,
    request: { path: UserPath },
    answers: { 204: { description: "They are removed." } },
    problems: ["not-found", "conflict", "database-unavailable"],
  },
} satisfies Partial<Record<RouteKey, Operation>>;
