import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, type ClientConfig } from "pg";
import { startPostgres, type PostgresAddress, type PostgresServer } from "../../../local/servers/postgres";
import { postgresPrograms } from "../../../local/servers/postgres-binaries";
import { canReach, serverUser } from "../../../local/servers/server-user";
import { newPassword } from "../../../local/setup/credentials";
import { dataFolder, temporaryFolder } from "../../../local/setup/data-folder";
import { serverCertificate } from "../../support/certificates";
import { own, ownPostgres } from "../../support/servers";
import { until } from "../../support/until";
import { isAlive, runAndAbandon } from "./abandoned-process";

const clientOf = ({ host, port, master }: PostgresAddress) => ({ host, port, ...master });

async function query(address: PostgresAddress, text: string, more: ClientConfig = {}): Promise<unknown[][]> {
  const client = new Client({ ...clientOf(address), database: "larder", ...more });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: "array" })).rows;
  } finally {
    await client.end();
  }
}

describe("a PostgreSQL server of our own", () => {
  it("keeps its data over kill -9 of all its processes", async () => {
    const server = await ownPostgres();
    await query(server.address, "CREATE TABLE films AS SELECT 'Alien' AS title");

    await server.kill();
    await server.restart();

    await expect(query(server.address, "SELECT title FROM films")).resolves.toEqual([["Alien"]]);
  });

  it("starts again once the children of its killed main process have ended, however long they take", async () => {
    const folder = join(temporaryFolder(), "pg");
    const programs = postgresPrograms(dataFolder());
    const server = own(await startPostgres({ programs, folder, password: newPassword() }));
    const client = new Client({ ...clientOf(server.address), database: "larder" });
    client.on("error", () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const child = rows[0]!.pid;
    process.kill(child, "SIGSTOP");
    process.kill(server.pid, "SIGKILL");
    await until("it is gone", () => !server.running);

    const restarted = server.restart();
    await until("it couldn't start", () =>
      readFileSync(join(folder, "postgres.log"), "utf8").includes("pre-existing shared memory block"),
    );
    process.kill(child, "SIGCONT");
    await restarted;
    await expect(query(server.address, "SELECT 1")).resolves.toEqual([[1]]);
  });

  it("answers nothing while frozen, on connections that were open too", async () => {
    const server = await ownPostgres();
    const client = new Client({ ...clientOf(server.address), database: "larder" });
    await client.connect();

    server.freeze();
    let answered = false;
    const asked = client.query("SELECT 1").then(() => (answered = true));
    await ownPostgres(); // Long enough for an answer: a whole server starts meanwhile.
    expect(answered).toBe(false);
    server.thaw();

    await asked;
    await client.end();
  });

  it("takes connections only over TLS when it has a certificate, and shows that one", async () => {
    const { authority, ...ssl } = await serverCertificate();
    const { address } = await ownPostgres({ ssl });

    await expect(query(address, "SELECT 1")).rejects.toThrow("no encryption");
    await expect(query(address, "SELECT 1", { ssl: true })).rejects.toThrow(/certificate/);
    await expect(
      query(address, "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", { ssl: { ca: authority } }),
    ).resolves.toEqual([["TLSv1.3"]]);
  });

  it("ends when the process that started it is killed", async () => {
    const { pid } = await runAndAbandon("postgres");

    await until("the server is gone", () => !isAlive(pid));
  });

  it("takes the place of a server that an earlier run left on its folder, data and all", async () => {
    const spec = {
      programs: postgresPrograms(dataFolder()),
      folder: join(temporaryFolder(), "pg"),
      password: newPassword(),
    };
    const left = await startPostgres(spec);
    await query(left.address, "CREATE TABLE films AS SELECT 'Alien' AS title");

    const server = await startPostgres(spec);

    expect(left.running).toBe(false);
    await expect(query(server.address, "SELECT title FROM films")).resolves.toEqual([["Alien"]]);
    await server.stop();
  });

  it("starts over a stale postmaster.pid, and leaves alone the process that has inherited its number", async () => {
    const spec = {
      programs: postgresPrograms(dataFolder()),
      folder: join(temporaryFolder(), "pg"),
      password: newPassword(),
    };
    const first = await startPostgres(spec);
    await first.kill();
    const pidFile = join(spec.folder, "data", "postmaster.pid");
    expect(existsSync(pidFile)).toBe(true);
    // This very process, which the test would not survive.
    writeFileSync(pidFile, readFileSync(pidFile, "utf8").replace(/^\d+/, String(process.pid)));

    const second = await startPostgres(spec);

    await expect(query(second.address, "SELECT 1")).resolves.toEqual([[1]]);
    await second.stop();
  });
});

const itAsRoot = process.getuid?.() === 0 ? it : it.skip;

describe("an untouched PostgreSQL server", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await ownPostgres();
  });

  it("has a master as RDS has it: no superuser, may create roles and hand on rds_iam", async () => {
    await expect(query(server.address, "SHOW is_superuser")).resolves.toEqual([["off"]]);
    await query(server.address, "CREATE ROLE app LOGIN; GRANT rds_iam TO app; GRANT USAGE ON SCHEMA public TO app");
    await expect(query(server.address, "SELECT pg_has_role('app', 'rds_iam', 'USAGE')")).resolves.toEqual([[true]]);
    await expect(query(server.address, "SELECT pg_has_role('rds_iam', 'USAGE')")).resolves.toEqual([[false]]);
  });

  it("refuses a wrong password", async () => {
    await expect(query(server.address, "SELECT 1", { password: "wrong" })).rejects.toThrow(
      "password authentication failed",
    );
  });

  itAsRoot("runs as nobody", () => {
    expect(statSync(`/proc/${server.pid}`).uid).toBe(serverUser()?.uid);
  });
});

itAsRoot("a folder that nobody can't enter is known as such", () => {
  const hidden = join(temporaryFolder(), "hidden");
  mkdirSync(join(hidden, "clone"), { recursive: true, mode: 0o755 });
  expect(canReach(join(hidden, "clone"))).toBe(true);

  const closed = join(temporaryFolder(), "closed");
  mkdirSync(closed, { mode: 0o700 });
  mkdirSync(join(closed, "clone"), { mode: 0o755 });
  expect(canReach(join(closed, "clone"))).toBe(false);
});
