/** Memory of the size `large`, by the first letter of a class; each size has twice that of the one before. */
const memoryOfLargeGiB: ReadonlyMap<string, number> = new Map([
  ["t", 8],
  ["m", 8],
  ["r", 16],
]);
const sizes = ["micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"];
const gibibyte = 1024 ** 3;

/**
 * How many connections RDS lets a PostgreSQL of this class have, unless its parameters say otherwise:
 * `LEAST(DBInstanceClassMemory/9531392, 5000)`. `undefined` for a class whose memory isn't known here, such as `x2g.large`.
 *
 * DBInstanceClassMemory is what RDS' own processes leave of the nominal memory, and AWS doesn't say how much that is. Here
 * they are taken to keep a tenth, and at least 0.3 GiB: an estimate, rather too low than too high.
 */
export function maxConnectionsOf(instanceClass: string): number | undefined {
  const nominalGiB = memoryGiBOf(instanceClass);
  if (nominalGiB === undefined) return undefined;
  const memoryGiB = nominalGiB - Math.max(nominalGiB / 10, 0.3);
  return Math.min(Math.floor((memoryGiB * gibibyte) / 9_531_392), 5_000);
}

/** The nominal memory of a class; `undefined` if it isn't known here. */
export function memoryGiBOf(instanceClass: string): number | undefined {
  const [, family = "", size = ""] = /^([tmr])\d+[a-z]*\.(\w+)$/.exec(instanceClass) ?? [];
  const ofLargeGiB = memoryOfLargeGiB.get(family);
  if (ofLargeGiB === undefined || !sizes.includes(size)) return undefined;
  return ofLargeGiB * 2 ** (sizes.indexOf(size) - sizes.indexOf("large"));
}
