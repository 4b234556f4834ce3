/** Waits until a condition of the outside world holds, by looking again and again. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`20 s passed and still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
