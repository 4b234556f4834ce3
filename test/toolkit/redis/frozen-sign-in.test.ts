/** A Lambda environment that signed in by IAM and lies frozen for hours. */
import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../../local/setup/data-folder";
import { OwnElastiCache } from "../../support/own-elasticache";
import { bundled } from "../../support/process-fleet";
import { redisModes } from "../../support/redis-clients";
import { own } from "../../support/servers";
import { until } from "../../support/until";
import type { SignedInSettings } from "./signed-in-environment";

class Environment {
  readonly #process: ChildProcess;
  #outcome: unknown;

  constructor(cache: OwnElastiCache) {
    const { mode, port, name: group, clock, certificate } = cache;
    const { user, region, aws } = cache.credentialOptions();
    const settings: SignedInSettings = { mode, port, user, group, region, keys: aws(), wallMs: clock.now.wallMs };
    const authority = join(temporaryFolder(), "authority.crt");
    writeFileSync(authority, certificate.authority);
    this.#process = fork(bundled(join(__dirname, "signed-in-environment.ts")), [JSON.stringify(settings)], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: authority },
    });
    own({ stop: () => Promise.resolve(void this.#process.kill("SIGKILL")) });
    this.#process.on("message", (outcome) => (this.#outcome = outcome));
  }

  async call({ afterHours }: { readonly afterHours: number }): Promise<unknown> {
    this.#outcome = undefined;
    this.#process.kill("SIGCONT");
    this.#process.send(afterHours * 3_600_000);
    const outcome = await until("it has an answer", () => this.#outcome);
    this.#process.kill("SIGSTOP");
    return outcome;
  }
}

describe.each(redisModes)("an environment that lay frozen (%s)", (mode) => {
  it("signs in again in the first call after eleven hours, on the connections it has", async () => {
    const cache = await OwnElastiCache.start(mode);
    const environment = new Environment(cache);
    await until("it is connected", async () => (await environment.call({ afterHours: 0 })) === "answered");
    for (let times = 0; times < 3; times++) {
      cache.forget();
      cache.passHours(11.5);
      await expect(environment.call({ afterHours: 11.5 })).resolves.toBe("answered");
      expect(cache.signIns).toEqual(Array(cache.servers.length).fill("good"));
      expect(cache.ended).toBe(0);
    }
  });

  it("is answered by its first call also when its connections were ended meanwhile", async () => {
    const cache = await OwnElastiCache.start(mode);
    const environment = new Environment(cache);
    await until("it is connected", async () => (await environment.call({ afterHours: 0 })) === "answered");
    for (let times = 0; times < 3; times++) {
      cache.forget();
      cache.passHours(13);
      expect(cache.ended).toBe(cache.servers.length);
      await expect(environment.call({ afterHours: 13 })).resolves.toBe("answered");
      expect(new Set(cache.signIns)).toEqual(new Set(["good"]));
    }
  });
});
