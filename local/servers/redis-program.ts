/** How a Redis server is run: as a program of this machine, or in a container. */
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";

export type RedisProgram =
  | {
      readonly kind: "binary";
      readonly path: string;
      /** Where libraries lie that came with it. */
      readonly libraryPath?: string;
    }
  | { readonly kind: "container"; readonly image: string };

export interface RedisCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default to the process itself */
  readonly sendSignal?: (signal: NodeJS.Signals) => void;
}

export function redisCommand(program: RedisProgram, folder: string, configuration: string): RedisCommand {
  if (program.kind === "container") return inContainer(program.image, folder, configuration);
  return { command: program.path, args: [configuration], env: libraryEnvironment(program.libraryPath) };
}

export function libraryEnvironment(libraryPath: string | undefined): Record<string, string> {
  return libraryPath === undefined ? {} : { LD_LIBRARY_PATH: libraryPath };
}

/** On the machine's own network and folder, so that addresses and data are where a program would have them. */
function inContainer(image: string, folder: string, configuration: string): RedisCommand {
  const name = `larder-redis-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`;
  const docker = (...args: string[]) => spawnSync("docker", args, { stdio: "ignore" });
  docker("rm", "--force", name); // A killed run may have left it.
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const options = ["--rm", "--name", name, "--network", "host", "--user", user, "--volume", `${folder}:${folder}`];
  return {
    command: "docker",
    // Not the image's own entry point, which would become a user that can't enter our folder.
    args: ["run", ...options, "--entrypoint", "redis-server", image, configuration],
    env: { HOME: process.env.HOME, DOCKER_HOST: process.env.DOCKER_HOST },
    // The container isn't a child of `docker run`, and only some signals pass through that.
    sendSignal: (signal) => void docker("kill", "--signal", signal, name),
  };
}
