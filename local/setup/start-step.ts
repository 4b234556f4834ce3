/** Says which step of the start begins, and how long it took. Steps may run at the same time, so each line stands for itself. */
export async function startStep<T>(name: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  console.log(`› ${name}`);
  const result = await work();
  console.log(`  ${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return result;
}
