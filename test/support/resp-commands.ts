/** Takes what a client sends to Redis apart into commands, each an array of strings in RESP. */
export class RespCommands {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the commands that are complete by now */
  read(chunk: Buffer): Buffer[][] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const commands: Buffer[][] = [];
    for (;;) {
      const next = commandIn(this.#rest);
      if (next === undefined) return commands;
      commands.push(next.words);
      this.#rest = this.#rest.subarray(next.end);
    }
  }
}

export function respCommand(...words: readonly (string | Buffer)[]): Buffer {
  const parts = words.flatMap((word) => [`$${Buffer.byteLength(word)}\r\n`, word, "\r\n"]);
  return Buffer.concat([`*${words.length}\r\n`, ...parts].map((part) => Buffer.from(part as string)));
}

function commandIn(bytes: Buffer): { words: Buffer[]; end: number } | undefined {
  const header = lineAt(bytes, 0);
  if (header === undefined) return undefined;
  if (!header.text.startsWith("*")) throw new Error(`a client of Redis doesn't begin with ${header.text}`);
  const words: Buffer[] = [];
  let at = header.end;
  for (let count = Number(header.text.slice(1)); count > 0; count--) {
    const length = lineAt(bytes, at);
    if (length === undefined) return undefined;
    const end = length.end + Number(length.text.slice(1));
    if (bytes.length < end + 2) return undefined;
    words.push(bytes.subarray(length.end, end));
    at = end + 2;
  }
  return { words, end: at };
}

function lineAt(bytes: Buffer, start: number): { text: string; end: number } | undefined {
  const end = bytes.indexOf("\r\n", start);
  return end < 0 ? undefined : { text: bytes.toString("latin1", start, end), end: end + 2 };
}
