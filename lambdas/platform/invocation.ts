/**
 * The invocation that an environment serves now. Once it has answered, the environment is frozen and every promise with it;
 * so what must be done beside the answer is done before the handler returns.
 */
import type { Context } from "aws-lambda";
import { logger } from "./logger";

/** What is left for answering and for telling the metrics, when all other work has taken its time. */
const answerMs = 500;

export class Invocation {
  #timeLeftMs = () => 0;
  readonly #works = new Set<Promise<void>>();
  readonly #endTasks: (() => Promise<void> | void)[] = [];

  begin(context: Pick<Context, "getRemainingTimeInMillis">): void {
    this.#timeLeftMs = () => context.getRemainingTimeInMillis();
  }

  /** How long work of this invocation may still take. 0 between invocations. */
  remainingMs(): number {
    return Math.max(0, this.#timeLeftMs() - answerMs);
  }

  /** Keeps the environment running until `work` is settled, which must be within `remainingMs`. */
  waitUntil(work: Promise<void>): void {
    const settled = work.catch(logFailure).finally(() => this.#works.delete(settled));
    this.#works.add(settled);
  }

  /** Has these done at the end of each invocation, one after the other. */
  atEnd(...tasks: readonly (() => Promise<void> | void)[]): void {
    this.#endTasks.push(...tasks);
  }

  /** Finishes what goes on behind the answer. It never throws: the answer is already known. */
  async end(): Promise<void> {
    while (this.#works.size > 0) await Promise.all(this.#works);
    for (const task of this.#endTasks)
      try {
        await task();
      } catch (error) {
        logFailure(error);
      }
    this.#timeLeftMs = () => 0;
  }
}

function logFailure(error: unknown): void {
  logger.error("work behind an answer failed", { error });
}
