import { hashOf } from "./change";
import type { Versions } from "./frame";

/** The versions of tags, as far as a process knows them. */
export class KnownVersions {
  readonly #versions = new Map<string, number>();
  /** The tags whose version is known, as the log names them. */
  readonly #tagsOfHash = new Map<number, string[]>();

  get size(): number {
    return this.#versions.size;
  }

  of(tag: string): number | undefined {
    return this.#versions.get(tag);
  }

  /** Whether all of them are known, and the same. */
  areCurrent(versions: Versions): boolean {
    for (const tag in versions) if (versions[tag] !== this.#versions.get(tag)) return false;
    return true;
  }

  learn(versions: Versions): void {
    for (const [tag, version] of Object.entries(versions)) {
      if (!this.#versions.has(tag)) this.#noteHash(tag);
      this.#versions.set(tag, version);
    }
  }

  /** Forgets the tags with this hash. */
  forget(hash: number): void {
    for (const tag of this.#tagsOfHash.get(hash) ?? []) this.#versions.delete(tag);
    this.#tagsOfHash.delete(hash);
  }

  clear(): void {
    this.#versions.clear();
    this.#tagsOfHash.clear();
  }

  #noteHash(tag: string): void {
    const hash = hashOf(tag);
    this.#tagsOfHash.set(hash, [...(this.#tagsOfHash.get(hash) ?? []), tag]);
  }
}
