import { awsCredentials, awsRegion } from "#platform/aws";
import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { Deployments } from "./deployments";
import { Versions } from "./versions";

export interface ReleaseCheckServices {
  readonly asked: Pick<Versions, "faultsOf">;
  readonly deployments: Pick<Deployments, "report">;
}

const connectTimeoutMs = 3_000;

export function buildServices(): ReleaseCheckServices {
  const client = {
    region: awsRegion(),
    credentials: () => Promise.resolve(awsCredentials()),
    requestHandler: { connectionTimeout: connectTimeoutMs },
  };
  return {
    // Whoever asks a version repeats the question.
    asked: new Versions(new LambdaClient({ ...client, maxAttempts: 1 })),
    deployments: new Deployments(new CodeDeployClient({ ...client, maxAttempts: 5 })),
  };
}
