import type { QueueName } from "#contract/queues";
import { type JobHandler, type Queue, type QueueStats, work, type WorkDone, type WorkOptions } from "@larder/toolkit";

/** A queue, and what is done with its jobs. */
export interface WorkedQueue {
  readonly name: QueueName;
  readonly work: (options: WorkOptions) => Promise<WorkDone>;
  readonly stats: () => Promise<QueueStats>;
}

export function workedQueue<Data>(name: QueueName, queue: Queue<Data>, handler: JobHandler<Data>): WorkedQueue {
  return { name, work: (options) => work(queue, handler, options), stats: () => queue.stats() };
}
