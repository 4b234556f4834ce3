import { DeadLetterList, DeadLetterPath, DeadLetterQuery, QueuePath, QueueStatus } from "../admin-queues";
import type { RouteKey } from "../routes";
import type { Operation } from "./operation";

export const adminOperations = {
  "GET /admin/queues/{name}": {
    id: "getQueue",
    summary: "How many jobs of a queue wait, are under way and have died",
    request: { path: QueuePath },
    answers: { 200: { description: "How it is now.", body: QueueStatus } },
    problems: ["queues-unavailable"],
  },
  "GET /admin/queues/{name}/dead": {
    id: "listDeadLetters",
    summary: "The jobs of a queue that were given up, the newest first",
    description: "Fewer than `max` where they are large.",
    request: { path: QueuePath, query: DeadLetterQuery },
    answers: { 200: { description: "The dead letters.", body: DeadLetterList } },
    problems: ["queues-unavailable"],
  },
  "POST /admin/queues/{name}/dead/{id}/retry": {
    id: "retryDeadLetter",
    summary: "Make a dead letter a job again",
    description:
      "Encode the id twice, since a path is decoded twice on its way. After no answer ask for the dead letters: one that was retried isn't there any more.",
    request: { path: DeadLetterPath },
    answers: { 204: { description: "It is a job, due at once, and has all its attempts." } },
    problems: ["not-found", "queues-unavailable"],
  },
} satisfies Partial<Record<RouteKey, Operation>>;
