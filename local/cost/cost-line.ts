/** One line of an estimate, and what the rules that make them are given. */
import * as z from "zod/mini";
import type { Assembly, Resource } from "../aws/template";
import { type Price, type PriceFile, priceOf } from "./prices";
import { type Traffic, trafficOf } from "./traffic";

export const groups = [
  "Redis",
  "PostgreSQL",
  "network",
  "functions",
  "API",
  "logs",
  "watching",
  "keys and secrets",
] as const;
export type Group = (typeof groups)[number];

export interface CostLine {
  readonly group: Group;
  readonly what: string;
  readonly quantity: number;
  readonly price: Price;
  readonly usd: number;
}

export const hoursPerMonth = 730;
export const secondsPerMonth = hoursPerMonth * 3_600;
const bytesPerGB = 1e9;

/** What the rules of one stage share: assembly, prices, assumptions, and a place for what can't be priced. */
export class Costing {
  readonly unpriced: string[] = [];

  constructor(
    readonly stage: string,
    readonly assembly: Assembly,
    readonly prices: PriceFile,
    readonly traffic: Traffic,
  ) {}

  get ofStage(): Traffic["stages"][string] {
    return trafficOf(this.traffic, this.stage);
  }

  /** @throws if there is no price of that name */
  line(group: Group, what: string, quantity: number, priceName: string): CostLine {
    const price = priceOf(this.prices, priceName);
    return { group, what, quantity, price, usd: quantity * price.usd };
  }

  gigabytes(bytes: number): number {
    return bytes / bytesPerGB;
  }

  /** Names what costs something that isn't in the estimate. */
  leaveOut(what: string): CostLine[] {
    this.unpriced.push(what);
    return [];
  }
}

export type CostRule = (resource: Resource, costing: Costing) => readonly CostLine[];

/** What a rule needs of a resource. @throws if the template says it in a way that can't be read here */
export function propertiesOf<T extends z.ZodMiniType>(schema: T, resource: Resource): z.output<T> {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  const why = z.prettifyError(parsed.error).replace(/\s*\n\s*/g, " ");
  throw new Error(`${nameOf(resource)} can't be priced: ${why}`);
}

export function nameOf({ type, stack, logicalId }: Resource): string {
  return `${type} ${stack.name}/${logicalId}`;
}
