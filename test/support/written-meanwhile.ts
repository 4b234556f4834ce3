/** What is written to standard output and error meanwhile: a function's log. */
export async function writtenMeanwhile(work: () => Promise<unknown>): Promise<string> {
  let text = "";
  const writes = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, "write").mockImplementation((chunk) => ((text += String(chunk)), true)),
  );
  try {
    await work();
  } finally {
    for (const write of writes) write.mockRestore();
  }
  return text;
}
