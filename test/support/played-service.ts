/** Services of AWS that a test file plays for the SDK. */
import type { Server } from "node:http";
import { listen, stop } from "../../local/aws/listening";
import { own } from "./servers";

export const region = "eu-west-1";

/** By which the SDK signs. */
export const access = {
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_SESSION_TOKEN: "token",
};

/** Resolves with its address; ends with the test file. */
export function listenOfOwn(server: Server): Promise<string> {
  own({
    async stop() {
      server.closeAllConnections();
      await stop(server);
    },
  });
  return listen(server, 0);
}
