import { ReleaseFindings, type ReleaseQuestion } from "#contract/release-check";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";

export interface VersionsOptions {
  /** How long a version may take to answer: longer than its timeout. @default 30000 */
  readonly answerMs?: number;
  /** Between two questions. @default 2000 */
  readonly pauseMs?: number;
}

/** A new version may still be connecting when it is asked first, and a failover may come in between. */
const attempts = 3;

const question: z.infer<typeof ReleaseQuestion> = { releaseCheck: true };
const Thrown = z.object({ errorType: z.optional(z.string()), errorMessage: z.optional(z.string()) });

/** Versions of functions, called as nobody but AWS itself can call them. */
export class Versions {
  readonly #lambda: LambdaClient;
  readonly #answerMs: number;
  readonly #pauseMs: number;

  constructor(lambda: LambdaClient, { answerMs = 30_000, pauseMs = 2_000 }: VersionsOptions = {}) {
    this.#lambda = lambda;
    this.#answerMs = answerMs;
    this.#pauseMs = pauseMs;
  }

  /** What is wrong with a version, as it said last; nothing if it once found nothing. It doesn't throw. */
  async faultsOf(arn: string): Promise<readonly string[]> {
    let faults = await this.#faults(arn);
    for (let asked = 1; asked < attempts && faults.length > 0; asked++) {
      await pause(this.#pauseMs);
      faults = await this.#faults(arn);
    }
    return faults;
  }

  async #faults(arn: string): Promise<readonly string[]> {
    try {
      return await this.#ask(arn);
    } catch (error) {
      return [
        error instanceof Error ? `it couldn't be asked: ${error.name}: ${error.message}` : "it couldn't be asked",
      ];
    }
  }

  async #ask(arn: string): Promise<readonly string[]> {
    const command = new InvokeCommand({ FunctionName: arn, Payload: JSON.stringify(question) });
    const { FunctionError, Payload } = await this.#lambda.send(command, {
      abortSignal: AbortSignal.timeout(this.#answerMs),
    });
    const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
    if (FunctionError !== undefined) {
      const { errorType = FunctionError, errorMessage = "" } = Thrown.safeParse(answer).data ?? {};
      return [`it failed: ${errorType}: ${errorMessage}`];
    }
    const findings = ReleaseFindings.safeParse(answer).data;
    if (findings === undefined || findings.length === 0) return ["it doesn't understand the question"];
    return findings.flatMap(({ tried, fault }) => (fault === undefined ? [] : [`${tried}: ${fault}`]));
  }
}
