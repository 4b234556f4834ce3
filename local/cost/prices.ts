/** The dated prices of prices.json, each with where it is from. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";

const Price = z.object({ usd: z.number().check(z.nonnegative()), per: z.string(), source: z.string() });

const PriceFile = z.object({
  date: z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/)),
  region: z.string(),
  note: z.string(),
  prices: z.record(z.string(), Price),
});
export type PriceFile = z.infer<typeof PriceFile>;
export type Price = z.infer<typeof Price>;

const priceFileName = "local/cost/prices.json";

export function readPrices(): PriceFile {
  return PriceFile.parse(JSON.parse(readFileSync(join(__dirname, "prices.json"), "utf8")));
}

/** @throws for what has no price: counted as nothing it would be missed by nobody */
export function priceOf({ prices, region }: PriceFile, name: string): Price {
  const price = prices[name];
  if (price === undefined)
    throw new Error(`there is no price of "${name}" in ${priceFileName}: add it, for ${region}, with its source`);
  return price;
}

export function isFromMemory({ source }: Price): boolean {
  return source.startsWith("from memory");
}
