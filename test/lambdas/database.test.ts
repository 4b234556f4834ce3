import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PoolConfig } from "pg";
import * as z from "zod/mini";
import { temporaryFolder } from "../../local/setup/data-folder";
import { bundledFiles } from "../../lambdas/contract/functions";
import { addressOf, databaseFrom, withConnection } from "../../lambdas/platform/database";
import { DatabaseUnavailableError } from "../../lambdas/platform/errors";
import { serverCertificate } from "../support/certificates";
import { ownPostgres, servers } from "../support/servers";
import { connectedDatabase, newDatabase } from "../support/shop-database";

/** Puts an authority where lib puts RDS': beside the bundle. */
function trust(authority: string): void {
  const folder = temporaryFolder();
  writeFileSync(join(folder, bundledFiles.authorities), authority);
  process.env["LAMBDA_TASK_ROOT"] = folder;
}

const verified = (postgres: { host: string; port: number }, by: "verify" | "verify-public" = "verify") =>
  addressOf({
    DATABASE_HOST: postgres.host,
    DATABASE_PORT: postgres.port,
    DATABASE_NAME: "larder",
    DATABASE_TLS: by,
  });

function cipherOf(config: PoolConfig): Promise<string> {
  return withConnection(config, async (client) => {
    const { rows } = await client.query<{ version: string }>(
      "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    );
    return rows[0]!.version;
  });
}

describe("a verified connection to PostgreSQL", () => {
  it("is made to a server whose certificate the bundled authorities signed, and to no other", async () => {
    const [certificate, other] = await Promise.all([serverCertificate(), serverCertificate()]);
    const { address } = await ownPostgres({ ssl: certificate });

    trust(certificate.authority);
    await expect(cipherOf({ ...verified(address), ...address.master })).resolves.toMatch(/^TLSv1\.[23]$/);
    await expect(cipherOf({ ...verified(address), ...address.master, host: "localhost" })).rejects.toThrow("altnames");

    trust(other.authority);
    await expect(cipherOf({ ...verified(address), ...address.master })).rejects.toThrow(/certificate/);
  });

  it("is made to a proxy by the authorities that everybody knows, and the bundled ones don't count", async () => {
    const certificate = await serverCertificate();
    const { address } = await ownPostgres({ ssl: certificate });
    trust(certificate.authority);
    const byPublic = { ...verified(address, "verify-public"), ...address.master };
    await expect(cipherOf(byPublic)).rejects.toThrow(/certificate/);
    const known = { ...byPublic, ssl: { ...(byPublic.ssl as object), ca: certificate.authority } }; // as if it were
    await expect(cipherOf(known)).resolves.toMatch(/^TLSv1\.[23]$/);
  });

  it("is not made to a server without TLS", async () => {
    const { postgres } = servers();
    trust((await serverCertificate()).authority);
    await expect(cipherOf({ ...verified(postgres), ...postgres.master })).rejects.toThrow("does not support SSL");
  });
});

describe("a query", () => {
  it("that is wrong is the caller's bug, not a database that is gone", async () => {
    const { master } = servers().postgres;
    const env = { ...(await newDatabase()), DATABASE_USER: master.user, DATABASE_PASSWORD: master.password };
    const database = connectedDatabase(env);
    await expect(database.query(z.object({}), "SELECT nonsense", [])).rejects.not.toThrow(DatabaseUnavailableError);
    await expect(database.query(z.object({ n: z.string() }), "SELECT 1 AS n", [])).rejects.toThrow(z.core.$ZodError);
    await expect(database.query(z.object({ n: z.int() }), "SELECT $1::int AS n", [7])).resolves.toEqual([{ n: 7 }]);
  });
});

describe("the database's environment", () => {
  const env = {
    DATABASE_HOST: "db",
    DATABASE_PORT: 5432,
    DATABASE_NAME: "larder",
    DATABASE_USER: "larder_app",
    DATABASE_TLS: "off",
  } as const;

  it("is refused where a token would travel in the clear, or a password is missing", () => {
    expect(() => databaseFrom({ ...env, DATABASE_AUTH: "iam" })).toThrow("a token may travel over TLS only");
    expect(() => databaseFrom({ ...env, DATABASE_AUTH: "password" })).toThrow("DATABASE_PASSWORD is not set");
  });
});
