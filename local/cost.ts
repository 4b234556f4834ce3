/** `npm run cost`: what each stage costs a month, estimated from what would be deployed. `-- --short`: the table of sums alone. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readAssembly } from "./aws/template";
import { type Estimate, estimate } from "./cost/estimate";
import { readPrices } from "./cost/prices";
import { details, provenance, summary } from "./cost/report";
import { readTraffic } from "./cost/traffic";
import { dataFolder } from "./setup/data-folder";
import { plainMessage } from "./setup/plain-message";
import { synthesize } from "./setup/synthesis";

async function cost(args: readonly string[]): Promise<void> {
  const unknown = args.find((argument) => argument !== "--short");
  if (unknown !== undefined) throw new Error(`there is no option ${unknown}: npm run cost takes -- --short`);
  const [prices, traffic] = [readPrices(), readTraffic()];
  const folder = await synthesize(dataFolder(), new AbortController().signal);
  const estimates = stagesIn(folder).map((stage): Estimate => {
    const assembly = readAssembly(join(folder, `assembly-${stage}`));
    return estimate(stage, assembly, prices, traffic);
  });
  if (args.length === 0) for (const each of estimates) console.log(`\n${details(each)}`);
  console.log(`\n${summary(estimates)}\n\n${provenance(prices, estimates)}`);
}

function stagesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => /^assembly-(.+)$/.exec(name)?.[1] ?? []);
}

cost(process.argv.slice(2)).catch((error: unknown) => {
  console.error(plainMessage(error));
  process.exitCode = 1;
});
