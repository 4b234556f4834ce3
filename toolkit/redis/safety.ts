import { shown } from "../shown";
import { checkWholeNumber } from "../whole-number";
import type { Replicated } from "./confirmed-writes";

/** What must confirm a write, if it is more than the primary. @throws TypeError or RangeError that shows the value */
export function replicatedBy(safety: "best-effort" | Replicated): Replicated | undefined {
  if (safety === "best-effort") return undefined;
  checkForm(safety);
  checkWholeNumber("safety.replicas", safety.replicas, 1);
  return safety;
}

function checkForm(safety: unknown): void {
  if (typeof safety !== "object" || safety === null)
    throw new TypeError(`safety is ${shown(safety)}: give "best-effort", or { replicas, connection }`);
  if (!("connection" in safety && typeof safety.connection === "object" && safety.connection !== null))
    throw new TypeError("safety has no connection: give one that nothing else uses, from connectRedis");
}
