/**
 * Every key that Larder writes is built here: `larder:<feature and format>:{<what must lie together>}<part>`.
 *
 * The text in braces decides the slot in a cluster. A change of what a key holds changes the number in its prefix, so that
 * two releases can share one Redis.
 */
import { shown } from "../shown";

const prefix = "larder:cache2:";

/** The keys of one cached value. They lie in one slot, so a script may take them together. */
export class EntrySlot {
  /** The frame. */
  readonly entry: string;

  constructor(entry: string) {
    this.entry = entry;
  }

  /** The token of whoever may load the value now. */
  get lease(): string {
    return `${this.entry}:lease`;
  }

  /** The last frame that was loaded under a lease that fell, headed by its token. */
  get handoff(): string {
    return `${this.entry}:handoff`;
  }
}

export function entrySlot(collection: string, id: string): EntrySlot {
  const name = segment(collection, "a collection's name");
  return new EntrySlot(`${prefix}{${name}:${segment(id, idOfCollection, collection)}}`);
}

/** The keys of a whole collection, in a slot of their own. */
export interface CollectionSlot {
  /** The changes of its entries and tags, the newest last. */
  readonly log: string;
  /** The version of one of its tags. */
  readonly version: (tag: string) => string;
}

export function collectionSlot(collection: string): CollectionSlot {
  const slot = `${prefix}{${segment(collection, "a collection's name")}}`;
  return { log: `${slot}:log`, version: (tag) => `${slot}:version:${tag}` };
}

/** All sessions of one user lie under one key, so whatever a script does to them it does at once. */
export interface SessionSlot {
  readonly sessions: string;
}

/** @param slot random, of the user's own; tokens carry it */
export function sessionSlot(slot: string): SessionSlot {
  return { sessions: `larder:session1:{${segment(slot, "a session slot")}}` };
}

const idOfCollection = "an id of collection ";

/** As `checkName`, for the id of a cached value. */
export function checkId(collection: string, id: unknown): void {
  checkName(id, idOfCollection, collection);
}

/**
 * @param what the name is, and `whose`: two, so that a name that is right costs no text
 * @throws TypeError for a name that can't be part of a key
 */
export function checkName(name: unknown, what: string, whose = ""): asserts name is string {
  if (typeof name === "string" && name !== "" && name.isWellFormed()) return;
  const remedy =
    typeof name !== "string"
      ? "give a string"
      : name === ""
        ? "give one that isn't empty"
        : "that isn't valid Unicode, so encode it first";
  throw new TypeError(`${what}${whose} is ${shown(name)}: ${remedy}`);
}

/** Keeps a name from ending the braces or reaching into the next segment. */
function segment(name: string, what: string, whose?: string): string {
  checkName(name, what, whose);
  return special.test(name) ? name.replace(/[%:{}]/g, encodeURIComponent) : name;
}

const special = /[%:{}]/;

/** Beside a key, for a write that is replicated whatever was there. It holds nothing. */
export function markKey(key: string): string {
  return `${key}:mark`;
}

/** What one subject has used of one limiter's policies. */
export interface LimiterSlot {
  readonly usage: string;
}

export function limiterSlot(limiter: string, subject: string): LimiterSlot {
  const name = segment(limiter, "a limiter's name");
  return { usage: `larder:limit2:{${name}:${segment(subject, "a subject of limiter ", limiter)}}` };
}

/** One lock: who has it, and who waits for it. */
export interface LockSlot {
  readonly name: string;
  readonly lock: string;
  readonly waiters: string;
  /** A channel of Pub/Sub, not a key: what becomes of the lock, for those who wait. The scripts make its name from the lock's, too. */
  readonly news: string;
}

export function lockSlot(name: string): LockSlot {
  const lock = `larder:lock1:{${segment(name, "a lock's name")}}`;
  return { name, lock, waiters: `${lock}:waiters`, news: `${lock}:news` };
}

/** The keys of a leaderboard. They lie in one slot, so a script may take all its windows together. */
export interface BoardSlot {
  /** Of one window: who has how much. */
  readonly window: (name: string) => string;
  /** That what has this id was added. */
  readonly added: (id: string) => string;
  /** Which window is being rebuilt, and by whom. */
  readonly rebuild: string;
  /** What was added to it meanwhile. */
  readonly meanwhile: string;
  /** What it will be. */
  readonly aside: string;
}

export function boardSlot(board: string): BoardSlot {
  const slot = `larder:board1:{${segment(board, "a board's name")}}`;
  return {
    window: (name) => `${slot}:${name}`,
    added: (id) => `${slot}:added:${id}`,
    rebuild: `${slot}:rebuild`,
    meanwhile: `${slot}:rebuild:meanwhile`,
    aside: `${slot}:rebuild:aside`,
  };
}

/** The keys of one queue. They lie in one slot, and every script of the queue takes them all. */
export interface QueueSlot {
  /** Jobs that wait or are delayed, by when they are due. */
  readonly waiting: string;
  /** Claims, by when they lapse. */
  readonly inFlight: string;
  /** What waits or is in flight, by its id. */
  readonly jobs: string;
  /** Ids of callers' own that were done, by when they are forgotten. */
  readonly done: string;
  /** Ids of dead letters, by when they died. */
  readonly dead: string;
  /** The dead letters by their ids. */
  readonly letters: string;
  /** What requests of the last seconds were answered; the two are used in turn. */
  readonly answers: readonly [string, string];
}

export function queueSlot(queue: string): QueueSlot {
  const slot = `larder:queue1:{${segment(queue, "a queue's name")}}`;
  return {
    waiting: `${slot}:waiting`,
    inFlight: `${slot}:in-flight`,
    jobs: `${slot}:jobs`,
    done: `${slot}:done`,
    dead: `${slot}:dead`,
    letters: `${slot}:letters`,
    answers: [`${slot}:answers:0`, `${slot}:answers:1`],
  };
}

/** What `larder doctor` reads, writes and publishes to see that it may. */
export const doctorKey = "larder:doctor1:{doctor}";
