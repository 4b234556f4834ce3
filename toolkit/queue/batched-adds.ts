import type { AddedJob } from "./add-jobs";
import type { Added } from "./job";
import { newQueueRequestId } from "./queue-script";

/** So many jobs hold up the other clients of a Redis by some 0.6 ms. */
const mostTogether = 250;
const mostCharactersTogether = 262_144;

type Send = (requestId: string, jobs: readonly AddedJob[]) => Promise<readonly Added[]>;

interface Batch {
  readonly jobs: AddedJob[];
  characters: number;
  readonly answers: Promise<readonly Added[]>;
}

/** Adds the jobs of one tick together, by one script. */
export class BatchedAdds {
  readonly #send: Send;
  /** Not sent yet. */
  #open: Batch | undefined;

  /** @param send what was lost with its connection is sent again, under the same id */
  constructor(send: Send) {
    this.#send = send;
  }

  /** Many one script after the other; the first that fails is the last. */
  async add(jobs: readonly AddedJob[]): Promise<readonly Added[]> {
    const added: Added[] = [];
    for (let from = 0; from < jobs.length;) {
      const share = shareOf(jobs, from);
      added.push(...(await this.#addTogether(share)));
      from += share.length;
    }
    return added;
  }

  async #addTogether(jobs: readonly AddedJob[]): Promise<readonly Added[]> {
    const characters = jobs.reduce((sum, { json }) => sum + json.length, 0);
    let batch = this.#open;
    if (
      batch === undefined ||
      batch.jobs.length + jobs.length > mostTogether ||
      batch.characters + characters > mostCharactersTogether
    )
      this.#open = batch = this.#begin();
    const from = batch.jobs.length;
    batch.jobs.push(...jobs);
    batch.characters += characters;
    return (await batch.answers).slice(from, from + jobs.length);
  }

  #begin(): Batch {
    const id = newQueueRequestId();
    const jobs: AddedJob[] = [];
    const answers = new Promise<readonly Added[]>((resolve) =>
      process.nextTick(() => {
        if (this.#open === batch) this.#open = undefined;
        resolve(this.#send(id, jobs));
      }),
    );
    const batch: Batch = { jobs, characters: 0, answers };
    return batch;
  }
}

/** The jobs from there on that go together: at least one. */
function shareOf(jobs: readonly AddedJob[], from: number): readonly AddedJob[] {
  let to = from;
  let characters = 0;
  do {
    characters += jobs[to]?.json.length ?? 0;
    to++;
  } while (
    to < jobs.length &&
    to - from < mostTogether &&
    characters + (jobs[to]?.json.length ?? 0) <= mostCharactersTogether
  );
  return jobs.slice(from, to);
}
