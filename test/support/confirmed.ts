import { RedisUnavailableError } from "@larder/toolkit";
import { until } from "./until";

/** Makes a change until replicas confirm it: on a busy machine they may need more than one attempt. */
export async function confirmed(change: () => Promise<unknown>): Promise<void> {
  await until("it is confirmed", () =>
    change().then(
      () => true,
      (error: unknown) => {
        if (error instanceof RedisUnavailableError) return false;
        throw error;
      },
    ),
  );
}
