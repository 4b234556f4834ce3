/** What one stage costs a month: a line for all in its templates that costs something, and what could not be priced. */
import type { Assembly } from "../aws/template";
import { alarmRules } from "./alarm-costs";
import { apiRules } from "./api-costs";
import { type CostLine, type CostRule, Costing, nameOf } from "./cost-line";
import { edgeRules } from "./edge-costs";
import { isFree } from "./free-types";
import { functionRules } from "./function-costs";
import { logRules } from "./log-costs";
import { networkRules } from "./network-costs";
import type { PriceFile } from "./prices";
import { storeRules } from "./store-costs";
import type { Traffic } from "./traffic";

export interface Estimate {
  readonly stage: string;
  readonly requests: number;
  /** Those that say the same of several resources are one. */
  readonly lines: readonly CostLine[];
  /** What costs something and isn't in it. */
  readonly unpriced: readonly string[];
}

const rules: Readonly<Record<string, CostRule>> = {
  ...storeRules,
  ...networkRules,
  ...functionRules,
  ...apiRules,
  ...edgeRules,
  ...logRules,
  ...alarmRules,
};

/** @throws if something that is known to cost has no price, or if nothing is assumed of the stage's traffic */
export function estimate(stage: string, assembly: Assembly, prices: PriceFile, traffic: Traffic): Estimate {
  const costing = new Costing(stage, assembly, prices, traffic);
  const lines = assembly.stacks.flatMap(({ region, name, resources }) => {
    if (region !== prices.region)
      costing.leaveOut(`what differs in ${region}, where ${name} lies: the prices are those of ${prices.region}`);
    return [...resources.values()].flatMap((resource) => {
      const rule = rules[resource.type];
      if (rule !== undefined) return rule(resource, costing);
      return isFree(resource.type) ? [] : costing.leaveOut(nameOf(resource));
    });
  });
  return {
    stage,
    requests: costing.ofStage.requests,
    lines: joined(lines.filter(({ quantity }) => quantity > 0)),
    unpriced: [...new Set(costing.unpriced)],
  };
}

function joined(lines: readonly CostLine[]): CostLine[] {
  const byWhat = Map.groupBy(lines, ({ group, what, price }) => JSON.stringify([group, what, price]));
  return [...byWhat.values()].map((same) => {
    const [first, ...others] = same;
    if (first === undefined) throw new Error("a group has a member");
    return others.reduce(
      (sum, { quantity, usd }) => ({ ...sum, quantity: sum.quantity + quantity, usd: sum.usd + usd }),
      first,
    );
  });
}
