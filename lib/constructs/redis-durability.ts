/**
 * `sync`: a write is answered once a log in several zones has it, some milliseconds later, and is never lost. `async`: it is
 * answered at once, and the last ten seconds may be lost. `disabled`: what a primary hadn't told its replicas is lost with it.
 */
export type RedisDurability = "sync" | "async" | "disabled";

const families = /^cache\.([rm][678]g|c[78]gn)\.\w+$/;

/** Finds what AWS refuses of it; each shows the value and the remedy. */
export function* findDurabilityMistakes(
  durability: RedisDurability,
  group: { readonly engine: string; readonly nodeType: string; readonly clusterMode: boolean },
): Generator<string> {
  if (durability === "disabled") return;
  if (group.engine !== "valkey")
    yield `durability is ${durability} with engine ${group.engine}: only Valkey has it, so set engine: "valkey", or leave durability out`;
  if (!group.clusterMode) yield `durability is ${durability} without cluster mode, which it needs: set clusterMode`;
  if (!families.test(group.nodeType))
    yield `durability is ${durability} with nodeType "${group.nodeType}": AWS has it for families such as m7g and r7g, so use cache.m7g.large or leave durability out`;
}
