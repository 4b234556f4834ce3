import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { cloneFolder, temporaryFolder } from "../../local/setup/data-folder";

/** A package with one dependency that lies beside it, so that npm needs no network. */
function packageWithDependency(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "pantry"));
  lock(folder, "1.0.0");
  return folder;
}

function lock(folder: string, version: string): void {
  const pantry = { name: "pantry", version };
  const shop = { name: "shop", version: "1.0.0", dependencies: { pantry: "file:pantry" } };
  const write = (path: string, content: unknown) => writeFileSync(join(folder, path), JSON.stringify(content));
  write("pantry/package.json", pantry);
  write("package.json", shop);
  write("package-lock.json", {
    ...shop,
    lockfileVersion: 3,
    requires: true,
    packages: { "": shop, "node_modules/pantry": { resolved: "pantry", link: true }, pantry },
  });
}

/** What the bootstrap prints while it sees to the dependencies, as any version of Node runs it. */
async function install(folder: string): Promise<string> {
  const module = pathToFileURL(join(cloneFolder, "local", "setup", "install.mjs")).href;
  const script = `import { installDependencies } from ${JSON.stringify(module)};
    await installDependencies(${JSON.stringify(folder)}).catch((error) => console.error(error.message));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return text(child.stderr);
}

describe("the bootstrap", () => {
  it("installs dependencies once", async () => {
    const folder = packageWithDependency();

    expect(await install(folder)).toMatch(/^› installing .*dependencies.* \d+ s\n$/);
    expect(await install(folder)).toBe("");
  });

  it("installs them again when the lock file asks for another version", async () => {
    const folder = packageWithDependency();
    await install(folder);
    lock(folder, "2.0.0");

    expect(await install(folder)).toContain("installing");
    expect(await install(folder)).toBe("");
  });

  it("installs them again when an install was cut short", async () => {
    const folder = packageWithDependency();
    await install(folder);
    rmSync(join(folder, "node_modules", ".package-lock.json")); // npm's last act

    expect(await install(folder)).toContain("installing");
  });

  it("shows what npm says when it can't", async () => {
    const folder = packageWithDependency();
    rmSync(join(folder, "package-lock.json"));

    expect(await install(folder)).toMatch(/npm ci failed in .*\n[^]*package-lock\.json/);
  });
});
