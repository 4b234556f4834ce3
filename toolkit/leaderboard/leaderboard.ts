import { newRequestId } from "../redis/request-id";
import { checkWholeNumber } from "../whole-number";
import { add, type Add, type BoardChange, summedUp } from "./add";
import { BoardCalls } from "./board-calls";
import { type BoardEntry, entriesOf, type Standing, standingOf } from "./board-reply";
import type { BoardWindow } from "./board-window";
import type { LeaderboardOptions } from "./leaderboard-options";
import { readStanding, readTop } from "./read";
import { type LoadSource, rebuild } from "./rebuild";
import { checkStoredText } from "./stored-text";

export interface AddOptions {
  /** Of what happened: an order's, say. What has the same id adds nothing again. */
  readonly id: string;
  /** When it happened, in milliseconds since 1970; decides the windows, and who was first. @default - now, by Redis' clock */
  readonly atMs?: number | undefined;
}

export interface WindowOptions {
  readonly window: BoardWindow;
  /** Any time in that day or week. @default - now, by Redis' clock */
  readonly atMs?: number | undefined;
}

export interface NeighbourOptions {
  /** So many on each side, up to 100. @default 2 */
  readonly neighbours?: number;
}

const mostNeighbours = 100;
const mostShown = 1_000;

/**
 * Who has how much, ranked, per day, week and all time. Of as much, what was reached earlier ranks higher: told apart to the
 * millisecond in a day and a week, to the second in all time, and by the members' names beyond that.
 *
 * A member has up to 67 million in a day, 8 million in a week and 2 million in all time, also below zero. Every method throws a
 * RedisUnavailableError when Redis gives no answer; then call `add` again with the same id.
 */
export class Leaderboard {
  readonly name: string;
  readonly #windows: readonly BoardWindow[];
  readonly #calls: BoardCalls;

  /** @throws RangeError that shows the option, TypeError for a name that can't be part of a key */
  constructor(options: LeaderboardOptions) {
    this.name = options.name;
    this.#windows = options.windows;
    this.#calls = new BoardCalls(options);
  }

  /**
   * Adds to all windows at once, all changes or none. A window that isn't kept any more is left out.
   *
   * @returns `added: false` when the id was added by an earlier call
   * @throws RangeError when a member would have more than fits, or for more than 250 changes; nothing was added then
   */
  async add(changes: readonly BoardChange[], { id, atMs }: AddOptions): Promise<{ readonly added: boolean }> {
    const [added] = await this.#add(changes, { id, atMs });
    return { added: added === 1 };
  }

  /**
   * `add` for one member, and where it stands then in one of the windows, in one script. An id that was added by an earlier call
   * answers for the window of that time.
   */
  async addAndStanding(
    change: BoardChange,
    { id, atMs, window, neighbours = 2 }: AddOptions & WindowOptions & NeighbourOptions,
  ): Promise<{ readonly added: boolean } & Standing> {
    this.#check(window);
    checkWholeNumber("neighbours", neighbours, 0, mostNeighbours);
    const show = { window: this.#windows.indexOf(window), neighbours };
    const [added, standing] = await this.#add([change], { id, atMs }, show);
    return { added: added === 1, ...standingOf(standing, window) };
  }

  /** Where a member stands, and who is next to it. */
  async standing(
    member: string,
    { window, atMs, neighbours = 2 }: WindowOptions & NeighbourOptions,
  ): Promise<Standing> {
    this.#check(window);
    checkStoredText("member", member);
    checkWholeNumber("neighbours", neighbours, 0, mostNeighbours);
    const [standing] = await this.#calls.ask({ operation: "standing", windows: [window], atMs }, (...to) =>
      readStanding(...to, member, neighbours),
    );
    return standingOf(standing, window);
  }

  /** The best, up to 1,000 of them. */
  async top(count: number, { window, atMs }: WindowOptions): Promise<readonly BoardEntry[]> {
    this.#check(window);
    checkWholeNumber("count", count, 1, mostShown);
    const [best] = await this.#calls.ask({ operation: "top", windows: [window], atMs }, (...to) =>
      readTop(...to, count),
    );
    return entriesOf(best, 0, window);
  }

  /**
   * Puts a window together anew, from a source of record, after Redis lost it, say. Readers see the old window until the new one
   * takes its place at once.
   *
   * The new window holds what the source has, and each `add` that began after this call did and whose id isn't among the source's
   * ids; nothing else. So nothing is lost or counted twice if whatever is added is in the source first (its transaction has
   * committed), and the ids are complete. If it throws, or its process dies, the old window is as it was; call it again: until then that
   * window misses what is added for the first time by an id that the source had named already.
   *
   * @param load called once, after adds have begun to be noted
   * @returns `rebuilt: false` when another rebuild of the board took over, a failover lost a part, or the source took ten minutes for one
   * @throws RangeError for a total that doesn't fit the window, a member that the totals have twice, or a window that isn't kept any
   * more; TypeError for text in place of several
   */
  async rebuild({ window, atMs }: WindowOptions, load: LoadSource): Promise<{ readonly rebuilt: boolean }> {
    this.#check(window);
    return { rebuilt: await rebuild(this.#calls, window, atMs, load) };
  }

  #add(changes: readonly BoardChange[], { id, atMs }: AddOptions, show?: Add["show"]): Promise<readonly unknown[]> {
    checkStoredText("id", id);
    const summed = summedUp(changes);
    const one = { id, request: newRequestId(), changes: summed, idempotencyMs: this.#calls.idempotencyMs, show };
    return this.#calls.ask({ operation: "add", windows: this.#windows, atMs }, (...to) => add(...to, one));
  }

  #check(window: BoardWindow): void {
    if (!this.#windows.includes(window))
      throw new RangeError(`board ${this.name} has no window ${window}: it counts by ${this.#windows.join(", ")}`);
  }
}
