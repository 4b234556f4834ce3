/** What the workers of a history recorded, each in a file of its own. */
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type HistoryEvent =
  | { readonly type: "claimed"; readonly job: number; readonly id: string; readonly attempt: number }
  | { readonly type: "done"; readonly job: number }
  | {
      readonly type: "acknowledged";
      readonly job: number;
      readonly attempt: number;
      readonly accepted: boolean;
      /** From before the claim was sent until the answer was there. */
      readonly heldMs: number;
    };

export function record(folder: string, events: readonly HistoryEvent[]): void {
  appendFileSync(join(folder, `${process.pid}.jsonl`), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

export function recorded(folder: string): HistoryEvent[] {
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .slice(0, -1) // the last line may be cut short
      .map((line) => JSON.parse(line) as HistoryEvent),
  );
}
