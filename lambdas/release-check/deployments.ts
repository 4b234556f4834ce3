import {
  type CodeDeployClient,
  LifecycleEventAlreadyCompletedException,
  PutLifecycleEventHookExecutionStatusCommand,
} from "@aws-sdk/client-codedeploy";

export interface Hook {
  readonly deploymentId: string;
  readonly lifecycleEventHookExecutionId: string;
}

const answerMs = 15_000;

/** CodeDeploy, as far as it waits for somebody's word. */
export class Deployments {
  readonly #codeDeploy: CodeDeployClient;

  constructor(codeDeploy: CodeDeployClient) {
    this.#codeDeploy = codeDeploy;
  }

  /** The SDK repeats what got no answer; the first word counts. Throws what CodeDeploy refuses. */
  async report(hook: Hook, status: "Succeeded" | "Failed"): Promise<void> {
    try {
      await this.#codeDeploy.send(new PutLifecycleEventHookExecutionStatusCommand({ ...hook, status }), {
        abortSignal: AbortSignal.timeout(answerMs),
      });
    } catch (error) {
      if (!(error instanceof LifecycleEventAlreadyCompletedException)) throw error;
    }
  }
}
