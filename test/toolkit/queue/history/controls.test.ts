/** The checks find what they are to find. */
import { join } from "node:path";
import { temporaryFolder } from "../../../../local/setup/data-folder";
import { ProcessFleet } from "../../../support/process-fleet";
import { addressOf, connected } from "../../../support/redis-clients";
import { own, servers } from "../../../support/servers";
import { until } from "../../../support/until";
import { acceptedStale, doubledJobs, lostJobs, refusedValid } from "./checks";
import { type HistoryEvent, recorded } from "./events";
import { historyQueue, visibilityMs, type WorkerSettings } from "./worker-settings";

it("a queue that acknowledges by the job's id is caught accepting stale claims", async () => {
  const historyFolder = temporaryFolder();
  const settings: WorkerSettings = { mode: "single", redis: servers().redis, historyFolder, ackUnchecked: true };
  const fleet = own(
    new ProcessFleet({ program: join(__dirname, "worker.ts"), settings, processes: 3, onCrash: () => undefined }),
  );
  const queue = historyQueue(connected(addressOf("single")), 2_000);
  let next = 0;
  await until("it is caught", async () => {
    await queue.add(Array.from({ length: 1_000 }, () => ({ data: next++ }))); // so many that whoever is frozen has some
    await fleet.freezeOne(visibilityMs + 100);
    return acceptedStale(recorded(historyFolder)).length > 0;
  });
}, 60_000);

const claimed = (job: number, attempt: number, id = "a"): HistoryEvent => ({ type: "claimed", job, id, attempt });
const acknowledged = (job: number, attempt: number, accepted: boolean, heldMs = 0): HistoryEvent => ({
  type: "acknowledged",
  job,
  attempt,
  accepted,
  heldMs,
});

it("a job that nobody did is lost, one that is dead isn't", () => {
  const history: HistoryEvent[] = [claimed(1, 1), { type: "done", job: 2 }];
  expect(lostJobs(history, [1, 2, 3], [3])).toEqual([1]);
});

it("a job under two ids was added twice", () => {
  expect(doubledJobs([claimed(1, 1), claimed(1, 2), claimed(2, 1), claimed(2, 1, "b")])).toEqual([2]);
});

it("an acknowledgement is stale before the last attempt, or beside another one", () => {
  expect(acceptedStale([claimed(1, 1), acknowledged(1, 1, true), claimed(1, 2)])).toEqual([1]);
  expect(acceptedStale([claimed(1, 1), acknowledged(1, 1, true), acknowledged(1, 1, true)])).toEqual([1]);
  expect(acceptedStale([claimed(1, 1), claimed(1, 2), acknowledged(1, 1, false), acknowledged(1, 2, true)])).toEqual(
    [],
  );
});

it("only a claim that has lapsed may be refused", () => {
  expect(refusedValid([acknowledged(1, 1, false, visibilityMs - 1), acknowledged(2, 1, false, visibilityMs)])).toEqual([
    1,
  ]);
});
