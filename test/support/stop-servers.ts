/** Jest's globalTeardown: ends what globalSetup started. Both run in Jest's own process, each with modules of its own. */
const key = Symbol.for("larder.tests.stop");

type Stop = () => Promise<void>;

const here: typeof globalThis & { [key]?: Stop } = globalThis;

export function whenTestsEnd(stop: Stop): void {
  here[key] = stop;
}

export default async function stopServers(): Promise<void> {
  await here[key]?.();
}
