/** CloudFormation's intrinsic functions, evaluated against one assembly and this machine. */
import type { LocalEndpoints } from "./endpoints";
import { accountId, resourceAttribute } from "./resource-attributes";
import type { Assembly, Resource, Stack } from "./template";

export class Intrinsics {
  readonly #exports = new Map<string, { stack: Stack; value: unknown }>();

  constructor(
    assembly: Assembly,
    private readonly endpoints: LocalEndpoints,
    private readonly apiUrl: string,
  ) {
    for (const stack of assembly.stacks)
      for (const { Value, Export } of Object.values(stack.outputs))
        if (Export !== undefined) this.#exports.set(this.text(Export.Name, stack), { stack, value: Value });
  }

  properties({ properties, stack }: Resource): unknown {
    return this.resolve(properties, stack);
  }

  /** A template's value with every function in it evaluated; what has no counterpart here becomes a placeholder that says so. */
  resolve(value: unknown, stack: Stack): unknown {
    if (Array.isArray(value)) return value.map((item: unknown) => this.resolve(item, stack));
    if (!isObject(value)) return value;
    const [name, ...others] = Object.keys(value);
    if (name !== undefined && others.length === 0 && (name === "Ref" || name.startsWith("Fn::")))
      return this.#evaluate(name, value[name], stack);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolve(item, stack)]));
  }

  /** As `resolve`, for a value that must come to text, a number or a boolean. */
  text(value: unknown, stack: Stack): string {
    const resolved = this.resolve(value, stack);
    if (typeof resolved === "string" || typeof resolved === "number" || typeof resolved === "boolean")
      return String(resolved);
    throw new Error(`${JSON.stringify(value)} in stack ${stack.name} is ${JSON.stringify(resolved)}, not text`);
  }

  #evaluate(name: string, argument: unknown, stack: Stack): unknown {
    switch (name) {
      case "Ref":
        return this.#reference(String(argument), stack);
      case "Fn::GetAtt": {
        const [logicalId = "", ...attribute] = Array.isArray(argument)
          ? argument.map((part: unknown) => this.text(part, stack))
          : String(argument).split(".");
        return this.#attribute(logicalId, attribute.join("."), stack);
      }
      case "Fn::Join": {
        const [delimiter, parts] = listOf(argument);
        return listOf(this.resolve(parts, stack))
          .map((part) => this.text(part, stack))
          .join(this.text(delimiter, stack));
      }
      case "Fn::Split": {
        const [delimiter, whole] = listOf(argument);
        return this.text(whole, stack).split(this.text(delimiter, stack));
      }
      case "Fn::Select": {
        const [index, items] = listOf(argument);
        return listOf(this.resolve(items, stack))[Number(this.text(index, stack))];
      }
      case "Fn::Sub":
        return this.#substitute(argument, stack);
      case "Fn::ImportValue": {
        const exported = this.#exports.get(this.text(argument, stack));
        if (exported === undefined) return placeholder(`Fn::ImportValue ${this.text(argument, stack)}`);
        return this.resolve(exported.value, exported.stack);
      }
      default:
        return placeholder(`${name} in ${stack.name}`);
    }
  }

  #substitute(argument: unknown, stack: Stack): string {
    const [pattern, given] = Array.isArray(argument) ? listOf(argument) : [argument, {}];
    const variables = isObject(given) ? given : {};
    return this.text(pattern, stack).replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name.startsWith("!")) return `\${${name.slice(1)}}`;
      if (name in variables) return this.text(variables[name], stack);
      return this.text(name.includes(".") ? { "Fn::GetAtt": name } : { Ref: name }, stack);
    });
  }

  #reference(name: string, stack: Stack): unknown {
    switch (name) {
      case "AWS::AccountId":
        return accountId;
      case "AWS::Region":
        return stack.region;
      case "AWS::Partition":
        return "aws";
      case "AWS::URLSuffix":
        return "amazonaws.com";
      case "AWS::StackName":
        return stack.name;
      case "AWS::StackId":
        return `arn:aws:cloudformation:${stack.region}:${accountId}:stack/${stack.name}/local`;
      case "AWS::NoValue":
        return undefined;
    }
    const parameter = stack.parameters[name];
    if (parameter?.Default !== undefined) return parameter.Default;
    return this.#attribute(name, "Ref", stack);
  }

  #attribute(logicalId: string, attribute: string, stack: Stack): string {
    const resource = stack.resources.get(logicalId);
    if (resource === undefined) return placeholder(`${stack.name}/${logicalId}.${attribute}`);
    return (
      this.#functionVersion(resource, attribute) ??
      resourceAttribute(resource, attribute, this.endpoints, this.apiUrl) ??
      placeholder(`${resource.type} ${stack.name}/${logicalId}.${attribute}`)
    );
  }

  /** A version or an alias is its function's ARN with a qualifier: here all of them run the code that was synthesized. */
  #functionVersion({ type, properties, stack }: Resource, attribute: string): string | undefined {
    if (type !== "AWS::Lambda::Version" && type !== "AWS::Lambda::Alias") return undefined;
    if (attribute === "Version" || attribute === "FunctionVersion") return "1";
    const named = this.text(properties.FunctionName, stack);
    const arn = named.startsWith("arn:") ? named : `arn:aws:lambda:${stack.region}:${accountId}:function:${named}`;
    return `${arn}:${type === "AWS::Lambda::Alias" ? this.text(properties.Name, stack) : "1"}`;
  }
}

const placeholderMark = "not-on-this-machine:";

function placeholder(what: string): string {
  return placeholderMark + what;
}

/** What a text would need that this machine doesn't have, or `undefined` if it is complete. */
export function missingPart(text: string): string | undefined {
  return text.split(placeholderMark)[1];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
