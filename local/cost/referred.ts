/** Follows references between the resources of one stack. */
import type { Resource } from "../aws/template";

/** The resource of the same stack that a `Ref` or `Fn::GetAtt` leads to; through a version or an alias, to its function. */
export function referredResource(value: unknown, { stack }: Resource): Resource | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const [reference] = "Ref" in value ? [value.Ref] : "Fn::GetAtt" in value ? [value["Fn::GetAtt"]].flat() : [];
  const found = stack.resources.get(String(reference).split(".")[0] ?? "");
  if (found?.type !== "AWS::Lambda::Version" && found?.type !== "AWS::Lambda::Alias") return found;
  return referredResource(found.properties.FunctionName, found);
}
