/** `npm start`: the deployed application on this machine, until Ctrl-C. */
import { join } from "node:path";
import { runApplication } from "./aws/application";
import type { LocalEndpoints } from "./aws/endpoints";
import { examples } from "./setup/examples";
import { credentials } from "./setup/credentials";
import { dataFolder } from "./setup/data-folder";
import { localLogins, signInExamples } from "./setup/logins";
import { letApplicationSignIn } from "./setup/application-role";
import { plainMessage } from "./setup/plain-message";
import { claimPort, wantedPort } from "./setup/port";
import { removeData } from "./setup/reset";
import { startPostgresHere, startRedisHere } from "./setup/servers-here";
import { takeStartLock } from "./setup/start-lock";
import { Shutdown } from "./setup/shutdown";
import { synthesize } from "./setup/synthesis";
import { startStep } from "./setup/start-step";

/** The stage whose size fits one machine. */
const stage = "dev";

async function start(shutdown: Shutdown): Promise<void> {
  const { reset } = readArguments(process.argv.slice(2));
  const port = wantedPort(process.env.PORT);
  const folder = dataFolder();
  shutdown.add(takeStartLock(folder, `http://127.0.0.1:${port}`));
  await claimPort(port);
  if (reset) await startStep("removing the data", () => removeData(folder));

  const passwords = credentials(folder);
  const synthesis = synthesize(folder, shutdown.signal).then((assembly) => join(assembly, `assembly-${stage}`));
  const [redis, postgres, assemblyDir] = await Promise.all([
    startRedisHere(folder, passwords.redis, synthesis, shutdown),
    startPostgresHere(folder, passwords.postgresMaster, shutdown),
    synthesis,
  ]);
  await letApplicationSignIn(postgres, passwords.postgresApp);

  const endpoints: LocalEndpoints = { redis, postgres: { ...postgres, appPassword: passwords.postgresApp } };
  const application = await startStep("migrating and starting the API", () =>
    runApplication({ assemblyDir, endpoints, port, onLog: printLog }),
  );
  shutdown.add(() => application.close());
  const logins = localLogins(passwords);
  await startStep("making the logins", () => application.invoke("MigrationMigrateFunction", { logins }));
  console.log(examples(application.url));
  console.log(signInExamples(application.url, logins));
}

function readArguments(args: readonly string[]): { reset: boolean } {
  const unknown = args.find((argument) => argument !== "--reset");
  if (unknown !== undefined)
    throw new Error(`there is no option ${unknown}: npm start takes -- --reset, and PORT=3001 before it`);
  return { reset: args.length > 0 };
}

function printLog(source: string, line: string): void {
  console.log(`${source} | ${line}`);
}

const shutdown = new Shutdown();
start(shutdown).catch(async (error: unknown) => {
  if (shutdown.begun) return; // What was under way has failed because we stop.
  console.error(plainMessage(error));
  await shutdown.run();
  process.exit(1);
});
