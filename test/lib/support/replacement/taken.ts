/** What an update takes from the release before, which runs on until the last stack is deployed, and again after a rollback. */
import type { Json } from "../json";
import type { Loss } from "./losses";
import type { StageTemplates } from "./stage-templates";

type Taken = Pick<Loss, "stack" | "id" | "message">;

/** Users of Redis who may no longer do something. A user who is gone is a loss. */
export function findTakenRights(released: StageTemplates, next: StageTemplates): Taken[] {
  return Object.entries(released).flatMap(([stack, { stackName, Resources }]) =>
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
      const now = next[stack]?.Resources[id]?.Properties?.AccessString;
      if (Type !== "AWS::ElastiCache::User" || now === undefined) return [];
      const [before, after] = [Properties?.AccessString, now].map((rules) => String(rules).split(" "));
      const taken = [
        ...(before ?? []).filter((rule) => /^[+~&]/.test(rule) && !after?.includes(rule)),
        ...(after ?? []).filter((rule) => /^(-|off$|reset|nocommands$)/.test(rule) && !before?.includes(rule)),
      ];
      if (taken.length === 0) return [];
      const message = `${stackName} ${id} (AWS::ElastiCache::User) would lose rights (${taken.join(" ")}) while functions of the last release run as it. Leave that in lib/stacks/redis-roles.ts or lib/constructs/redis-rights.ts for one release. If nobody uses it any more, say so in test/lib/released/accepted.ts.`;
      return [{ stack, id, message }];
    }),
  );
}

/** Exports that another stack of the last release imports: CloudFormation refuses to remove them. */
export function findTakenExports(released: StageTemplates, next: StageTemplates): Taken[] {
  const exportsOf = ({ Outputs = {} }: Partial<StageTemplates[string]> = {}) =>
    Object.entries(Outputs).flatMap(([id, { Export }]) => (Export === undefined ? [] : [{ id, name: Export.Name }]));
  return Object.entries(released).flatMap(([stack, template]) => {
    const names = new Set(exportsOf(next[stack]).map(({ name }) => name));
    return exportsOf(template)
      .filter(({ name }) => !names.has(name))
      .flatMap(({ id, name }) => {
        const [user] = Object.values(released).filter((other) => importsOf(other).has(name));
        if (user === undefined) return [];
        const message = `${template.stackName} would no longer export ${name}, which ${user.stackName} of the last release imports: CloudFormation refuses that. Keep it for one release by this.exportValue(…), or deploy ${user.stackName} alone before (--exclusively), and say so in test/lib/released/accepted.ts.`;
        return [{ stack, id, message }];
      });
  });
}

function importsOf({ Resources }: StageTemplates[string]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: Json) => {
    if (typeof value !== "object" || value === null) return;
    if (typeof value["Fn::ImportValue"] === "string") names.add(value["Fn::ImportValue"]);
    Object.values(value).forEach(visit);
  };
  visit(Resources);
  return names;
}
