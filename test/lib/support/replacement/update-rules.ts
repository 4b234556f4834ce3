/** What an update of a property does to its resource, by the schemas of CloudFormation. */
import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { StageResource } from "./stage-templates";

const schemas = loadAwsServiceSpecSync();

/**
 * Those of an instance that the schema marks as replacing it only under conditions. CloudFormation's guide says of each "Some
 * interruptions" or "No interruption"; of the others that are marked so it says "Replacement".
 */
const inPlaceOfInstance = [
  ...["AutoMinorVersionUpgrade", "BackupRetentionPeriod", "DBParameterGroupName", "MultiAZ"],
  ...["PreferredMaintenanceWindow", "StorageType"],
];

/**
 * What the schema lets be changed in place, and AWS refuses, so that only a new group could have it: cluster mode is never left, and
 * entered only by way of `compatible`. Source: "Modifying cluster mode", ElastiCache user guide.
 */
const refusedOfGroup = ["ClusterMode"];

/** Whether a change of this property replaces the resource. What depends on conditions counts as such, unless they are known. */
export function replaces(property: string, { Type: type, UpdatePolicy: policy }: StageResource): boolean {
  const [schema] = schemas.lookup("resource", "cloudFormationType", "equals", type);
  if (type === "AWS::ElastiCache::ReplicationGroup" && refusedOfGroup.includes(property)) return true;
  const effect = schema?.properties[property]?.causesReplacement ?? "no";
  if (effect !== "maybe") return effect === "yes";
  if (type === "AWS::RDS::DBInstance") return !inPlaceOfInstance.includes(property);
  if (type === "AWS::ElastiCache::ReplicationGroup" && property === "NumNodeGroups")
    return policy?.UseOnlineResharding !== true;
  return true;
}

/** Whether the schemas know a type at all: of one that they don't, nothing can be said. */
export function isKnownType(type: string): boolean {
  return schemas.lookup("resource", "cloudFormationType", "equals", type).length > 0;
}
