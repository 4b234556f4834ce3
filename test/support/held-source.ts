/** A source whose answers a test gives out one by one, so that it can do something while a load is under way. */
import type { LoadOptions, LoadResult } from "@larder/toolkit";
import { until } from "./until";

interface Load<T> extends LoadOptions<T> {
  readonly id: string;
  readonly answer: (result: LoadResult<T>) => void;
  readonly fail: (error: Error) => void;
}

export class HeldSource<T> {
  /** Every load that was begun, oldest first. */
  readonly loads: Load<T>[] = [];

  readonly load = (id: string, options: LoadOptions<T>): Promise<LoadResult<T>> =>
    new Promise((resolve, reject) => this.loads.push({ ...options, id, answer: resolve, fail: reject }));

  /** Waits until so many loads have begun in all, and returns the last of them. */
  async reached(count: number): Promise<Load<T>> {
    await until(`${count} loads have begun`, () => this.loads.length >= count);
    return this.loads[count - 1]!;
  }
}
