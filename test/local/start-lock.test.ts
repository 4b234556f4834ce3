import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { temporaryFolder } from "../../local/setup/data-folder";
import { takeStartLock } from "../../local/setup/start-lock";

const url = "http://127.0.0.1:3000";

/** A number that no process has: the highest that systems give out is lower. */
const deadPid = 2 ** 30;

describe("the lock of npm start", () => {
  it("says who holds it, where, and how to stop that", () => {
    const folder = temporaryFolder();
    takeStartLock(folder, url);

    expect(() => takeStartLock(folder, "http://127.0.0.1:3001")).toThrow(
      `larder is already running (pid ${process.pid}) on ${url}; stop it with Ctrl-C there, or: kill ${process.pid}`,
    );
  });

  it("can be taken again when it was given back", () => {
    const folder = temporaryFolder();
    const giveBack = takeStartLock(folder, url);
    giveBack();

    expect(readdirSync(folder)).toEqual([]);
    expect(() => takeStartLock(folder, url)).not.toThrow();
  });

  it.each([
    ["of a run that was killed", deadPid],
    ["whose number another program has now", process.ppid > 1 ? 1 : process.ppid],
  ])("is stale %s", (_, pid) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "start.lock"), JSON.stringify({ pid, url }));

    expect(() => takeStartLock(folder, url)).not.toThrow();
  });

  it("goes to exactly one of eight runs that find a stale one at once", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "start.lock"), JSON.stringify({ pid: deadPid, url }));

    const racers = Array.from({ length: 8 }, () => raceFor(folder));
    const outcomes = await Promise.all(racers.map(({ outcome }) => outcome));

    for (const racer of racers) racer.end();
    expect(outcomes.filter((outcome) => outcome === "taken")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.startsWith("larder is already running"))).toHaveLength(7);
    expect(existsSync(join(folder, "start.lock"))).toBe(true);
  });
});

/** Runs a process that tries once, says what came of it, and lives until its input ends. */
function raceFor(folder: string) {
  const script = `
    import lock from "./local/setup/start-lock.ts";
    try { lock.takeStartLock(${JSON.stringify(folder)}, "${url}"); console.log("taken"); }
    catch (error) { console.log(error.message); }
    process.stdin.resume();`;
  const racer = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const outcome = once(createInterface({ input: racer.stdout }), "line").then(([line]) => String(line));
  return { outcome, end: () => racer.stdin.end() };
}
