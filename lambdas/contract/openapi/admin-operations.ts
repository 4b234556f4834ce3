import { FailoverBegun, FailoverWish, RedisGroups } from "../admin-cache";
import { DeadLetterList, DeadLetterPath, DeadLetterQuery, QueuePath, QueueStatus } from "../admin-queues";
import type { RouteKey } from "../routes";
import type { Operation } from "./operation";

export const adminOperations = {
  "GET /admin/cache": {
    id: "getRedisGroups",
    summary: "The Redis groups: their nodes, roles and zones, and what has happened to them in a week",
    description: "One group may serve both roles.",
    answers: { 200: { description: "As ElastiCache has them now.", body: RedisGroups } },
    problems: ["operations-unavailable"],
  },
  "POST /admin/cache/failover": {
    id: "testFailover",
    summary: "Have a replica take over from its primary, as when a node is lost",
    description:
      "The primary is taken down, and nothing can be written until the replica has taken over. AWS allows 15 a day, and one at a time. After no answer look at the events of the group: sent again, it may be a second one.",
    request: { body: FailoverWish },
    answers: { 202: { description: "It has begun.", body: FailoverBegun } },
    problems: ["not-found", "conflict", "failovers-used-up", "operations-unavailable"],
  },
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
