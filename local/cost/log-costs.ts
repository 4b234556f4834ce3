/** Logs: what is written, and what lies there for as long as the log's group keeps it. */
import * as z from "zod/mini";
import { type Resource, resourcesOfType } from "../aws/template";
import { type CostLine, type CostRule, type Costing, propertiesOf } from "./cost-line";
import { referredResource } from "./referred";

const daysPerMonth = 30;

const LogGroup = z.object({ RetentionInDays: z.optional(z.coerce.number()) });

/** @param into the group it is written into; unknown if it isn't one of the template's */
export function logLines(
  costing: Costing,
  what: string,
  bytesPerMonth: number,
  into: { readonly group: Resource | undefined },
): CostLine[] {
  const written = costing.gigabytes(bytesPerMonth);
  const lines = [costing.line("logs", `${what}: written`, written, "log ingestion")];
  const days = into.group && propertiesOf(LogGroup, into.group).RetentionInDays;
  if (days === undefined) return [...lines, ...costing.leaveOut(`storage of the ${what}, which is kept for ever`)];
  const storedGB = (written * costing.traffic.storedLogShare * days) / daysPerMonth;
  return [...lines, costing.line("logs", `${what}: kept ${days} d, compressed`, storedGB, "log storage")];
}

/** Groups that neither functions nor the API write to; theirs are counted with them. */
const logGroup: CostRule = (resource, costing) => {
  const writers = ["AWS::Lambda::Function", "AWS::ApiGatewayV2::Stage"].flatMap((type) =>
    resourcesOfType(costing.assembly, type),
  );
  if (writers.some((writer) => destinationOf(writer) === resource)) return [];
  return logLines(costing, "stores, network and firewall", costing.traffic.otherLogGB * 1e9, { group: resource });
};

const Writer = z.object({
  LoggingConfig: z.optional(z.object({ LogGroup: z.optional(z.unknown()) })),
  AccessLogSettings: z.optional(z.object({ DestinationArn: z.unknown() })),
});

function destinationOf(writer: Resource): Resource | undefined {
  const { LoggingConfig, AccessLogSettings } = propertiesOf(Writer, writer);
  return referredResource(LoggingConfig?.LogGroup ?? AccessLogSettings?.DestinationArn, writer);
}

export const logRules: Readonly<Record<string, CostRule>> = { "AWS::Logs::LogGroup": logGroup };
