/** The schemas that the document names, and what it says of them that they don't say themselves. */
import * as z from "zod/mini";
import { FailoverBegun, FailoverWish, RedisGroups } from "../admin-cache";
import { DeadLetterList, QueueStatus } from "../admin-queues";
import { Cart, CartQuantity } from "../cart";
import { Health, Unhealthy } from "../health";
import { Board, BoardFilm } from "../leaderboards";
import { Movie, MovieChange, MoviePage, NewMovie } from "../movies";
import { NewOrder, Order, OrderPage, OutOfStock } from "../orders";
import { InvalidRequest, Problem, QuotaExceeded } from "../problem-schemas";
import { LimitDecision, LimitUse } from "../service-limits";
import { LockAcquisition, LockReleased, LockRenewal, LockRenewed, LockStatus, LockWish } from "../service-locks";
import { SessionList, SignedIn } from "../sessions";
import { Email, NewUser, SignIn, User, UserChange } from "../users";

export const OpenApiDocument = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

const namedSchemas = {
  Board,
  BoardFilm,
  Cart,
  CartQuantity,
  DeadLetterList,
  FailoverBegun,
  FailoverWish,
  Health,
  InvalidRequest,
  LimitDecision,
  LimitUse,
  LockAcquisition,
  LockReleased,
  LockRenewal,
  LockRenewed,
  LockStatus,
  LockWish,
  Movie,
  MovieChange,
  MoviePage,
  NewMovie,
  NewOrder,
  NewUser,
  OpenApiDocument,
  Order,
  OrderPage,
  OutOfStock,
  Problem,
  QueueStatus,
  QuotaExceeded,
  RedisGroups,
  SessionList,
  SignIn,
  SignedIn,
  Unhealthy,
  User,
  UserChange,
};

const mustChangeSomething = "What is left out stays as it is; something must be changed.";

/** By schema: its name if it has one, and JSON Schema keywords for what a refinement of zod can't say. */
export function schemaNotes(): z.core.$ZodRegistry<Record<string, unknown>> {
  const notes = z.registry<Record<string, unknown>>();
  for (const [id, schema] of Object.entries(namedSchemas)) notes.add(schema, { id });
  notes.add(Email, { format: "email", description: "Lower and upper case are the same, space around it is dropped." });
  notes.add(MovieChange, { id: "MovieChange", description: mustChangeSomething, minProperties: 1 });
  notes.add(UserChange, {
    id: "UserChange",
    description: `${mustChangeSomething} One's own new password takes the current one with it. Only an administrator gives roles, and not to themselves.`,
    anyOf: ["name", "password", "role"].map((name) => ({ required: [name] })),
  });
  return notes;
}
