/** Shows a step of the set-up that takes a while: its name at once, its seconds while it runs on a terminal, and when it's done. */
export async function step(name, work) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(0)} s`;
  process.stderr.write(`› ${name}`);
  // Only a terminal can take back what it shows.
  const ticking = process.stderr.isTTY && setInterval(() => process.stderr.write(`\r› ${name} ${seconds()}`), 1000);
  try {
    return await work();
  } finally {
    clearInterval(ticking);
    process.stderr.write(process.stderr.isTTY ? `\r› ${name} ${seconds()}\n` : ` ${seconds()}\n`);
  }
}
