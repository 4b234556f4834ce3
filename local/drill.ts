/** `npm run drill`: fails Redis over while the shop is used, in each way that there is, and says what its users noticed. */
import { startDrillShop } from "./drill/drill-shop";
import { drill, type Drilled, type Fault, faults } from "./drill/one-drill";
import { errorsOf, latenciesOf, oddities, summaryOf } from "./drill/report";
import { plainMessage } from "./setup/plain-message";
import { Shutdown } from "./setup/shutdown";

const modes = ["single", "cluster"] as const;

const about: Readonly<Record<Fault, string>> = {
  asked: "is failed over by POST /admin/cache/failover",
  killed: "is killed",
  hangs: "hangs",
};

async function main(): Promise<void> {
  if (process.platform !== "linux")
    throw new Error("the drill needs Linux, whose loopback has an address for each user: run it in a container");
  const chosen = readArguments(process.argv.slice(2));
  const drilled: Drilled[] = [];
  // One shop after another: on one machine two would slow each other down.
  for (const mode of chosen.modes) drilled.push(...(await drillsOn(mode, chosen.faults)));
  console.log(summaryOf(drilled));
}

async function drillsOn(mode: Drilled["mode"], faults: readonly Fault[]): Promise<Drilled[]> {
  const shutdown = new Shutdown();
  const drilled: Drilled[] = [];
  try {
    console.error(
      `› starting the shop on a ${mode === "single" ? "primary with a replica" : "cluster of three shards"}`,
    );
    const shop = await startDrillShop(mode, shutdown);
    for (const fault of faults) {
      console.error(`› ${mode}: the primary ${about[fault]}`);
      const found = await drill(shop, fault);
      drilled.push(found);
      console.log([`### ${mode}, ${fault}`, errorsOf(found), latenciesOf(found), ...oddities(found), ""].join("\n\n"));
    }
    return drilled;
  } finally {
    await shutdown.run();
  }
}

/** None is all of them. */
function readArguments(args: readonly string[]): { modes: readonly Drilled["mode"][]; faults: readonly Fault[] } {
  const unknown = args.find((argument) => ![...modes, ...faults].some((each) => each === argument));
  if (unknown !== undefined)
    throw new Error(`there is no drill ${unknown}: leave it out, or say ${[...modes, ...faults].join(", ")}`);
  return { modes: chosenOf(modes, args), faults: chosenOf(faults, args) };
}

function chosenOf<T extends string>(all: readonly T[], args: readonly string[]): readonly T[] {
  const chosen = all.filter((each) => args.includes(each));
  return chosen.length === 0 ? all : chosen;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(plainMessage(error));
    process.exit(1);
  },
);
