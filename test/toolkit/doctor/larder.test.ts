/** `larder doctor` as a person calls it. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cloneFolder, temporaryFolder } from "../../../local/setup/data-folder";
import { OwnElastiCache } from "../../support/own-elasticache";
import { bundled } from "../../support/process-fleet";

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function larder(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const program = bundled(join(cloneFolder, "toolkit", "doctor", "larder.ts"));
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env }, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe("larder doctor", () => {
  let cache: OwnElastiCache;
  let env: Record<string, string>;
  const args = () => ["doctor", "--host", "127.0.0.1", "--port", String(cache.port), "--user", "larder-app"];
  beforeAll(async () => {
    cache = await OwnElastiCache.start("single");
    const authority = join(temporaryFolder(), "authority.crt");
    writeFileSync(authority, cache.certificate.authority);
    const { accessKeyId, secretAccessKey, sessionToken } = cache.credentialOptions().aws();
    env = {
      NODE_EXTRA_CA_CERTS: authority,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken!,
    };
  });

  it("says of each thing in a line that it is well, and exits with 0", async () => {
    const { status, stdout } = await larder([...args(), "--group", cache.name], env);
    expect(stdout.split("\n").map((line) => line.slice(0, 15).trim())).toEqual([
      "ok    name",
      "ok    network",
      "ok    tls",
      "ok    sign-in",
      "ok    clock",
      "ok    server",
      "ok    rights",
      "",
    ]);
    expect(status).toBe(0);
  });

  it("names a fault and what to do, and exits with 1", async () => {
    const { status, stdout } = await larder([...args(), "--serverless-cache", cache.name], env);
    const [fault, todo] = stdout.trimEnd().split("\n").slice(-2);
    expect(fault).toMatch(
      /^FAULT sign-in {2}refused for .* and accepted for the group films-abc in eu-west-1 \[signed-name\]$/,
    );
    expect(todo?.trim()).toBe("sign for the group films-abc in eu-west-1");
    expect(status).toBe(1);
  });

  it.each([[["--help"]], [["doctor", "-h"]]])(
    "says how it is called when it is asked by %j, and exits with 0",
    async (asked) => {
      const { status, stdout, stderr } = await larder(asked);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("larder doctor --host <endpoint>");
    },
  );

  it("shows no secret, and no token", async () => {
    const LARDER_TOKEN = cache.reach().credentials!.password();
    cache.allow();
    const { stdout, stderr } = await larder([...args(), "--group", cache.name], { ...env, LARDER_TOKEN });
    cache.allow(cache.resourceArn, cache.userArn);
    expect(stdout).toContain("not-allowed");
    for (const secret of ["Signature", env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"]])
      expect(stdout + stderr).not.toContain(secret);
  });

  it.each([
    ["are both given", ["--group", "y", "--serverless-cache", "z"]],
    ["is missing", []],
    ["--group is missing", ["--group", ""]],
  ])("says what is wrong with the cache's name: %s", async (says, named) => {
    const { status, stderr } = await larder(["doctor", "--host", "x", "--user", "u", ...named], env);
    expect(stderr.split("\n")[0]).toContain(says);
    expect(status).toBe(2);
  });

  it.each([
    ["nothing", []],
    ["no user", ["doctor", "--host", "x", "--group", "y"]],
    ["both kinds of cache", ["doctor", "--host", "x", "--user", "u", "--group", "y", "--serverless-cache", "z"]],
    ["a port that is none", ["doctor", "--host", "x", "--user", "u", "--group", "y", "--port", "redis"]],
    ["an unknown option", ["doctor", "--hosts", "x"]],
  ])("called with %s says how it is called, and exits with 2", async (_what, wrong) => {
    const { status, stderr } = await larder(wrong, env);
    expect(stderr).toContain("larder doctor --host <endpoint>");
    expect(status).toBe(2);
  });
});
