/** What a release would lose: stateful resources that an update replaces or removes. */
import { changedResources, resourcesOf, type Change } from "./changed-resources";
import { referencesOf } from "./references";
import type { StageResource, StageTemplates } from "./stage-templates";

export interface Loss {
  readonly stack: string;
  readonly id: string;
  readonly change: Change;
  /** All of it in words, with the remedy. */
  readonly message: string;
}

const goesWith: Readonly<Record<string, string>> = {
  "AWS::ElastiCache::ReplicationGroup": "all its keys",
  "AWS::RDS::DBInstance": "the whole database",
  "AWS::KMS::Key": "all that it encrypted",
  "AWS::SecretsManager::Secret": "the secret",
  "AWS::Logs::LogGroup": "the log in it",
  "AWS::EC2::VPC": "the place of all stores",
  "AWS::EC2::Subnet": "the place of the nodes in it",
  "AWS::ApiGatewayV2::Api": "the address that clients call",
};

/** Types that hold nothing, but without which nobody gets into the group that they belong to until all functions are deployed. */
const signInTypes = ["AWS::ElastiCache::User", "AWS::ElastiCache::UserGroup"];

export function findLosses(released: StageTemplates, next: StageTemplates): Loss[] {
  const before = resourcesOf(released);
  const after = resourcesOf(next);
  return [...changedResources(released, next)].flatMap(([key, change]) => {
    const resource = before.get(key);
    const lost = resource && whatIsLost(key, resource, before, change, after.get(key));
    if (resource === undefined || lost === undefined) return [];
    const [stack = "", id = ""] = key.split("/");
    const message = `${released[stack]?.stackName} ${id} (${resource.Type}) would be ${change.how}, and with it ${lost}: ${change.why}. ${remedyOf(change)}`;
    return [{ stack, id, change, message }];
  });
}

type Resources = ReturnType<typeof resourcesOf>;

function whatIsLost(key: string, resource: StageResource, all: Resources, change: Change, next?: StageResource) {
  const { Type: type } = resource;
  if (type === "AWS::Logs::LogGroup") {
    // A log that stays behind can be read as before; nothing goes on in the old place of any other type.
    const policy = change.how === "removed" ? resource.DeletionPolicy : next?.UpdateReplacePolicy;
    return policy?.startsWith("Retain") ? undefined : goesWith[type];
  }
  if (signInTypes.includes(type)) return signsInto(key, all) ? "the way in for functions that run" : undefined;
  return goesWith[type];
}

/** Whether a replication group refers to this resource, directly or through others. */
function signsInto(key: string, all: Resources): boolean {
  return [...all].some(
    ([other, { Type, Properties }]) =>
      referencesOf(Properties).includes(key) &&
      (Type === "AWS::ElastiCache::ReplicationGroup" || (signInTypes.includes(Type) && signsInto(other, all))),
  );
}

const onPurpose = "If it is meant, say so in test/lib/released/accepted.ts.";

function remedyOf(change: Change): string {
  if (change.how === "removed")
    return `Put it back under its old id (a construct's id, or overrideLogicalId). ${onPurpose}`;
  if (change.property === "NumNodeGroups")
    return `Set UpdatePolicy.UseOnlineResharding, or put the old value back. ${onPurpose}`;
  return `Put the old value back, or make a second one beside it and move over. ${onPurpose}`;
}
