/** Which resources an update of a whole stage replaces or removes, and why. */
import type { Json } from "../json";
import { referencesOf, resolved } from "./references";
import type { StageResource, StageTemplates } from "./stage-templates";
import { replaces } from "./update-rules";

export type Change =
  | { readonly how: "removed"; readonly why: string }
  | { readonly how: "replaced"; readonly property: string; readonly why: string };

/** A resource by `<stack>/<logical id>`, with the references in its properties resolved. */
type Resources = Map<string, StageResource & { readonly Properties: Record<string, Json> }>;

export function resourcesOf(stage: StageTemplates): Resources {
  return new Map(
    Object.entries(stage).flatMap(([stack, { Resources }]) =>
      Object.entries(Resources).map(([id, resource]) => [
        `${stack}/${id}`,
        { ...resource, Properties: resolved(resource.Properties ?? {}, stack, stage) },
      ]),
    ),
  );
}

export function changedResources(released: StageTemplates, next: StageTemplates): Map<string, Change> {
  const changes = new Map<string, Change>();
  const before = resourcesOf(released);
  const after = resourcesOf(next);
  const changed = (id: string) => {
    const [from, to] = [before.get(id), after.get(id)];
    if (from === undefined) return undefined;
    return movedStack(id, released, next) ?? (to ? updated(from, to, changes) : removed(id, before, after));
  };
  // What is replaced has another name or ARN, which may replace whatever refers to it: until nothing more is found.
  for (let size = -1; size < changes.size;) {
    size = changes.size;
    for (const id of before.keys()) {
      const change = changes.has(id) ? undefined : changed(id);
      if (change) changes.set(id, change);
    }
  }
  return changes;
}

/** A stack of another name or region is another stack: the old one stays behind, or is deleted, with all that is in it. */
function movedStack(id: string, released: StageTemplates, next: StageTemplates): Change | undefined {
  const [stack = ""] = id.split("/");
  const [from, to] = [released[stack], next[stack]];
  if (from === undefined || to === undefined) return undefined;
  const moved = (["stackName", "region"] as const).find((property) => from[property] !== to[property]);
  return moved && { how: "removed", why: `${moved} of its stack ${from[moved]} → ${to[moved]}` };
}

function updated(from: StageResource, to: StageResource, changes: Map<string, Change>): Change | undefined {
  if (from.Type !== to.Type) return { how: "replaced", property: "Type", why: `Type ${from.Type} → ${to.Type}` };
  const [before, after] = [from.Properties ?? {}, to.Properties ?? {}];
  for (const property of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!replaces(property, to)) continue;
    const [old, now] = [shown(before[property]), shown(after[property])];
    if (old !== now) return { how: "replaced", property, why: `${property} ${old} → ${now}` };
    const other = referencesOf(after[property]).find((reference) => changes.has(reference));
    if (other !== undefined)
      return { how: "replaced", property, why: `${property} refers to ${other}: ${changes.get(other)?.why}` };
  }
  return undefined;
}

function removed(id: string, before: Resources, after: Resources): Change {
  const type = before.get(id)?.Type;
  const renamed = [...after].find(([other, resource]) => resource.Type === type && !before.has(other));
  return { how: "removed", why: renamed ? `its logical id ${id} → ${renamed[0]}` : `${id} isn't in the template` };
}

/** As text, which tells two values apart too: templates are normalised, so their keys are in order. */
function shown(value: Json): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}
