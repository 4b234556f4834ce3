/** Finds a Redis server to run: on the PATH, else in the system's own packages, else as a container. */
import { spawnSync } from "node:child_process";
import { redisFromDebianPackages } from "./redis-packages";
import { libraryEnvironment, type RedisProgram } from "./redis-program";

/** The major version that ElastiCache runs: an older server lacks commands that the toolkit uses. */
const oldestMajorVersion = 7;

const remedy = `there is no Redis server of version ${oldestMajorVersion} or later here, install one:
  macOS            brew install valkey
  Debian, Ubuntu   sudo apt-get install redis-server
  Fedora, RHEL     sudo dnf install valkey
  Windows          work in WSL
or name a running one, for npm start only: LARDER_REDIS_URL=redis://127.0.0.1:6379 npm start`;

/** Says when it has to fetch something. @throws with the command that installs a server, if there is none to be had. */
export async function findRedis(dataFolder: string, say: (line: string) => void): Promise<RedisProgram> {
  const onPath = ["valkey-server", "redis-server"].find((path) => isRecentEnough(path));
  if (onPath !== undefined) return { kind: "binary", path: onPath };
  const unpacked = await redisFromDebianPackages(dataFolder, say);
  if (unpacked !== undefined && isRecentEnough(unpacked.path, unpacked.libraryPath))
    return { kind: "binary", ...unpacked };
  const image = "redis:7.2";
  if (hasImage(image, say)) return { kind: "container", image };
  throw new Error(remedy);
}

function isRecentEnough(path: string, libraryPath?: string): boolean {
  const env = { ...process.env, ...libraryEnvironment(libraryPath) };
  const { stdout, status } = spawnSync(path, ["--version"], { encoding: "utf8", env });
  // "Redis server v=7.0.15 …"
  return status === 0 && Number(/v=(\d+)\./.exec(stdout)?.[1]) >= oldestMajorVersion;
}

/** Of Linux only: elsewhere the engine is a virtual machine, on whose network a server isn't on ours. */
function hasImage(image: string, say: (line: string) => void): boolean {
  const docker = (...args: string[]) => spawnSync("docker", args, { stdio: "ignore" }).status === 0;
  if (process.platform !== "linux" || !docker("info")) return false;
  if (docker("image", "inspect", image)) return true;
  say(`fetching the container image ${image}`);
  return docker("pull", image);
}
