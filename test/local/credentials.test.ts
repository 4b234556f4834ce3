import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../local/setup/data-folder";
import { credentials } from "../../local/setup/credentials";

describe("a clone's credentials", () => {
  it("are made once, for their owner's eyes only", () => {
    const folder = temporaryFolder();
    const made = credentials(folder);
    expect(new Set(Object.values(made)).size).toBe(Object.keys(made).length);
    expect(credentials(folder)).toEqual(made);
    expect(statSync(join(folder, "credentials.json")).mode & 0o777).toBe(0o600);
  });

  it("keep what an earlier release has made, and get what it didn't know of", () => {
    const folder = temporaryFolder();
    const earlier = { redis: "a", postgresMaster: "b", postgresApp: "c" };
    writeFileSync(join(folder, "credentials.json"), JSON.stringify(earlier));
    const now = credentials(folder);
    expect(now).toMatchObject({ ...earlier, adminLogin: expect.stringMatching(/^[0-9a-f]{48}$/) });
    expect(JSON.parse(readFileSync(join(folder, "credentials.json"), "utf8"))).toEqual(now);
  });
});
