import { SharedCache } from "@larder/toolkit";
import * as z from "zod/mini";
import { routes } from "../../lambdas/accounts/endpoints";
import { accountsServices } from "../../lambdas/accounts/services";
import { httpFunction } from "../../lambdas/platform/http-function";
import { invoke } from "../support/invoke";
import { addressOf, connected } from "../support/redis-clients";
import { connectedDatabase, migratedDatabase } from "../support/shop-database";

async function accounts() {
  const redis = connected(addressOf("single"));
  const database = connectedDatabase(await migratedDatabase());
  const services = accountsServices(database, new SharedCache({ redis }));
  return httpFunction({ env: z.object({}), services: () => services, routes });
}

describe("a user", () => {
  it("is read from the database once, then from what the process keeps", async () => {
    const handler = await accounts();
    await invoke(handler, "GET", "/users/1");
    expect(await invoke(handler, "GET", "/users/1")).toMatchObject({
      status: 200,
      headers: { "x-cache": "near", "content-type": "application/json" },
      body: { id: 1, name: "Ada Lovelace" },
    });
  });

  it("that isn't there is 404, and an id that can't be one is 400", async () => {
    const handler = await accounts();
    expect(await invoke(handler, "GET", "/users/999")).toMatchObject({
      status: 404,
      body: { detail: "there is no user 999" },
    });
    expect(await invoke(handler, "GET", "/users/me")).toMatchObject({
      status: 400,
      body: { errors: [{ path: "path.id" }] },
    });
  });
});
