/** How large each deployed bundle is, and how long Node takes to import it in a new process. */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as quiet } from "node:timers/promises";
import * as z from "zod/mini";
import { readAssembly, resourcesOfType } from "../local/aws/template";
import { type Spread, spreadOf } from "./rounds";

export interface Bundle {
  readonly name: string;
  readonly kilobytes: number;
  readonly importMs: Spread;
}

const imports = 9;
const OurFunction = z.object({ Description: z.string(), Code: z.object({ S3Key: z.string() }) });
/** The authorizer reads its environment when it is imported; nothing listens at this address. */
const environment = {
  ...process.env,
  STATE_REDIS_MODE: "single",
  STATE_REDIS_HOST: "127.0.0.1",
  STATE_REDIS_PORT: "1",
  STATE_REDIS_USER: "nobody",
  STATE_REDIS_GROUP: "none",
  STATE_REDIS_AUTH: "password",
  STATE_REDIS_PASSWORD: "none",
  STATE_REDIS_TLS: "off",
};
const importAndTell =
  "const begun = process.hrtime.bigint(); require(process.argv[1]); console.log(Number(process.hrtime.bigint() - begun) / 1e6); process.exit()";

/** In turn, so that a slow moment falls on all. */
export async function measureBundles(assemblyDir: string): Promise<Bundle[]> {
  const assembly = readAssembly(assemblyDir);
  const bundles = resourcesOfType(assembly, "AWS::Lambda::Function").flatMap(({ properties }) => {
    const { data } = OurFunction.safeParse(properties);
    const folder = data && assembly.assetPaths.get(data.Code.S3Key);
    if (!folder || !data.Description.startsWith("Larder: ")) return []; // CDK's own
    return [{ name: data.Description.slice("Larder: ".length), file: join(folder, "index.js"), tookMs: numbers() }];
  });
  for (let round = 0; round < imports; round++)
    for (const { file, tookMs } of bundles) {
      await quiet(50);
      tookMs.push(
        Number(
          execFileSync(process.execPath, ["-e", importAndTell, file], {
            encoding: "utf8",
            env: environment,
            stdio: ["ignore", "pipe", "ignore"],
          })
            .trim()
            .split("\n")
            .at(-1),
        ),
      );
    }
  return bundles.map(({ name, file, tookMs }) => ({
    name,
    kilobytes: statSync(file).size / 1_000,
    importMs: spreadOf(tookMs),
  }));
}

function numbers(): number[] {
  return [];
}
