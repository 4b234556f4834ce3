/** The Redis users of a synthesized application, for a server of this machine: each function may do here what it may do when deployed. */
import * as z from "zod/mini";
import { readAssembly, resourcesOfType } from "./template";

const User = z.object({
  UserName: z.string(),
  AccessString: z.string(),
  AuthenticationMode: z.object({ Type: z.string() }),
});

/** What a client needs to find its way in a cluster. The template has it only if its groups are clusters, too. */
const clusterClient = "+@connection +cluster|slots +cluster|info";

/** Lines of redis.conf, for all who sign in by IAM; here they all have `password`. */
export function functionUsers(assemblyDir: string, mode: "single" | "cluster", password: string): string[] {
  return resourcesOfType(readAssembly(assemblyDir), "AWS::ElastiCache::User")
    .map(({ properties }) => User.parse(properties))
    .filter(({ AuthenticationMode }) => AuthenticationMode.Type === "iam")
    .map(({ UserName, AccessString }) =>
      ["user", UserName, `>${password}`, AccessString, ...(mode === "cluster" ? [clusterClient] : [])].join(" "),
    );
}
