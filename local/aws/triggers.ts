/** Finds the CDK triggers of an assembly: functions that a deployment calls, such as migrations. */
import { functionNameOf } from "./function-arn";
import type { Intrinsics } from "./intrinsics";
import type { Assembly, Resource } from "./template";

/** Names of the functions to call, each after those whose trigger it depends on, directly or through other resources. */
export function triggeredFunctions(assembly: Assembly, intrinsics: Intrinsics): string[] {
  const functions: string[] = [];
  const seen = new Set<Resource>();

  const visit = (resource: Resource | undefined): void => {
    if (resource === undefined || seen.has(resource)) return;
    seen.add(resource);
    const { stack, dependsOn, type, logicalId, properties } = resource;
    for (const id of dependsOn) visit(stack.resources.get(id));
    if (type !== "Custom::Trigger") return;
    const arn = intrinsics.text(properties.HandlerArn, stack);
    const name = functionNameOf(arn);
    if (name === undefined) throw new Error(`trigger ${logicalId} calls ${arn}, which is no function of the assembly`);
    functions.push(name);
  };
  for (const { resources } of assembly.stacks) [...resources.values()].forEach(visit);
  return functions;
}
