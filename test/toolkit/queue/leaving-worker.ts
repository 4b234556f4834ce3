/** Works at an empty queue, and disconnects while it waits for jobs. Ends well only if `work` says that it has ended. */
import { connectRedis, type ConnectOptions, Queue, work } from "@larder/toolkit";

const { user, password, ...address } = JSON.parse(process.argv[2]!) as ConnectOptions & {
  readonly user: string;
  readonly password: string;
};
const redis = connectRedis({ ...address, credentials: { username: user, password: () => password } });

class LeftQueue extends Queue<number> {
  override async claim(...asked: Parameters<Queue<number>["claim"]>) {
    const jobs = await super.claim(...asked);
    setImmediate(() => redis.disconnect());
    return jobs;
  }
}

const queue = new LeftQueue({ redis, name: "leaving", parse: Number, deadlineMs: 5_000 });
process.exitCode = 1;
work(queue, () => Promise.resolve(), { concurrency: 1 }).catch(() => (process.exitCode = 0));
