/**
 * Passwords, as they may be kept: hashed by scrypt, with salt and parameters beside the hash, so that parameters can rise while
 * old hashes go on counting. Written as `$scrypt$ln=15,r=8,p=3$<salt>$<hash>` (PHC's string format).
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

interface Parameters {
  /** The binary logarithm of scrypt's N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

interface Hashed {
  readonly parameters: Parameters;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Of the settings that OWASP holds to be equally strong, the one that takes 32 MiB: the smallest function has 512. */
const current: Parameters = { ln: 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;
/** In one process; more wait their turn. Each holds its memory and one of the four threads that Node reads files with. */
const maxAtOnce = 2;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return written({ parameters: current, salt, hash: await derive(password, salt, current) });
}

/** Without a hash the answer is no, after the same work: how long it takes doesn't tell whether there is one. */
export async function passwordMatches(password: string, hash: string | undefined): Promise<boolean> {
  if (hash === undefined) {
    await derive(password, randomBytes(saltBytes), current);
    return false;
  }
  const kept = read(hash);
  return timingSafeEqual(await derive(password, kept.salt, kept.parameters), kept.hash);
}

/** Whether it was made with other parameters than those that count now. */
export function isOutdated(hash: string): boolean {
  const { ln, r, p } = read(hash).parameters;
  return ln !== current.ln || r !== current.r || p !== current.p;
}

function derive(password: string, salt: Buffer, { ln, r, p }: Parameters): Promise<Buffer> {
  const N = 2 ** ln;
  const maxmem = 2 * 128 * N * r; // twice what it takes: Node's default is less than once
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        // The same letters may come in several encodings, by keyboard and system.
        scrypt(password.normalize("NFKC"), salt, hashBytes, { N, r, p, maxmem }, (error, hash) => {
          if (error === null) resolve(hash);
          else reject(error);
        });
      }),
  );
}

let underWay = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (underWay < maxAtOnce) underWay += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift(); // takes over our place
    if (next === undefined) underWay -= 1;
    else next();
  }
}

function written({ parameters: { ln, r, p }, salt, hash }: Hashed): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

const format = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/;

function read(text: string): Hashed {
  const [, ln, r, p, salt, hash] = format.exec(text) ?? [];
  if (salt === undefined || hash === undefined)
    throw new Error("a password's hash is not one that this build can read");
  return {
    parameters: { ln: Number(ln), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}
