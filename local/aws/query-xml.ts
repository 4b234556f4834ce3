/** Answers of AWS' Query protocol: XML in which an object's members are elements, and a list's items have a name of their own. */

/** What is left out, or is `undefined`, isn't there. */
export type XmlValue = string | number | boolean | undefined | XmlList | { readonly [name: string]: XmlValue };

interface XmlList {
  readonly each: string;
  readonly items: readonly XmlValue[];
}

/** `<NodeGroups><NodeGroup>…</NodeGroup></NodeGroups>` of the member `NodeGroups` is `list("NodeGroup", …)`. */
export function list(each: string, items: readonly XmlValue[]): XmlList {
  return { each, items };
}

export function queryAnswer(namespace: string, action: string, result: XmlValue): string {
  const content = element(`${action}Result`, result) + element("ResponseMetadata", { RequestId: "local" });
  return `<${action}Response xmlns="${namespace}">${content}</${action}Response>`;
}

export function queryError(namespace: string, code: string, message: string): string {
  const content = element("Error", { Type: "Sender", Code: code, Message: message }) + element("RequestId", "local");
  return `<ErrorResponse xmlns="${namespace}">${content}</ErrorResponse>`;
}

function element(name: string, value: XmlValue): string {
  return value === undefined ? "" : `<${name}>${contentOf(value)}</${name}>`;
}

function contentOf(value: Exclude<XmlValue, undefined>): string {
  if (typeof value !== "object") return escaped(String(value));
  if (isList(value)) return value.items.map((item) => element(value.each, item)).join("");
  return Object.entries(value)
    .map(([name, member]) => element(name, member))
    .join("");
}

function isList(value: object): value is XmlList {
  return "each" in value && "items" in value;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
