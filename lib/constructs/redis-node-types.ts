/** The node types of ElastiCache that a new group can have, by family. */

const burstable = ["micro", "small", "medium"];
const graviton = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"];
const intel = ["large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge"];

const sizesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["t2", burstable],
  ["t3", burstable],
  ["t4g", burstable],
  ["m4", ["large", "xlarge", "2xlarge", "4xlarge", "10xlarge"]],
  ["m5", intel],
  ["m6g", graviton],
  ["m7g", graviton],
  ["m8g", graviton],
  ["r4", ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"]],
  ["r5", intel],
  ["r6g", graviton],
  ["r6gd", graviton.slice(1)],
  ["r7g", graviton],
  ["r8g", graviton],
  ["c7gn", graviton],
]);

/** Finds what is wrong with a node type; a family that AWS adds later is added above. */
export function* findNodeTypeMistakes(nodeType: string): Generator<string> {
  const [, family = "", size = ""] = /^cache\.([a-z0-9]+)\.([a-z0-9]+)$/.exec(nodeType) ?? [];
  const sizes = sizesOf.get(family);
  if (sizes === undefined)
    yield `nodeType is "${nodeType}": use cache.<family>.<size> with a family of ${[...sizesOf.keys()].join(", ")}, such as cache.t4g.small`;
  else if (!sizes.includes(size))
    yield `nodeType is "${nodeType}": the family ${family} has the sizes ${sizes.join(", ")}, so use one of them`;
}

/** Whether nodes of this type keep part of the data on a disk, which a group must ask for. */
export function needsDataTiering(nodeType: string): boolean {
  return nodeType.startsWith("cache.r6gd.");
}
