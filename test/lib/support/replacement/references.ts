/** Values of templates with their references written as `<stack>/<logical id>`, so that they can be compared and followed. */
import type { Json } from "../json";
import type { StageTemplates } from "./stage-templates";

/** The value with its references, also those through exports, in a form that says which resource is meant. */
export function resolved(value: Json, stack: string, stage: StageTemplates): Json {
  if (Array.isArray(value)) return value.map((item) => resolved(item, stack, stage));
  if (value === null || typeof value !== "object") return value;
  const within = (id: string) => (id.startsWith("AWS::") ? id : `${stack}/${id}`);
  if (typeof value.Ref === "string") return { Ref: within(value.Ref) };
  if (Array.isArray(value["Fn::GetAtt"])) {
    const [id, ...attribute] = value["Fn::GetAtt"];
    return { "Fn::GetAtt": [within(id), ...attribute] };
  }
  if (value["Fn::ImportValue"] !== undefined) return imported(value["Fn::ImportValue"], stage) ?? value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, stack, stage)]));
}

function imported(name: Json, stage: StageTemplates): Json {
  for (const [stack, { Outputs }] of Object.entries(stage))
    for (const { Value, Export } of Object.values(Outputs))
      if (Export?.Name === name) return resolved(Value, stack, stage);
  return undefined;
}

/** The resources that a resolved value refers to, as `<stack>/<logical id>`. */
export function referencesOf(value: Json): string[] {
  if (value === null || typeof value !== "object") return [];
  if (typeof value.Ref === "string") return [value.Ref];
  if (Array.isArray(value["Fn::GetAtt"])) return [value["Fn::GetAtt"][0]];
  return Object.values(value).flatMap(referencesOf);
}
