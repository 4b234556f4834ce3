/** What the host name of an ElastiCache endpoint says about the cache behind it. */
export interface Endpoint {
  readonly kind: "group" | "serverlessCache";
  /** What tokens have to be signed for. */
  readonly name: string;
  /** `undefined`: the name's short form of it isn't one that we know. */
  readonly region: string | undefined;
}

const directions: Readonly<Record<string, string>> = {
  n: "north",
  s: "south",
  e: "east",
  w: "west",
  c: "central",
  ne: "northeast",
  nw: "northwest",
  se: "southeast",
  sw: "southwest",
};

/** `undefined` for any other host. Source: "Finding connection endpoints", ElastiCache user guide. */
export function endpointOf(host: string): Endpoint | undefined {
  const serverless = /^([a-z\d-]+)-[a-z\d]+\.serverless\.([a-z]+\d)\.cache\.amazonaws\.com$/i.exec(host);
  if (serverless) return endpoint("serverlessCache", serverless);
  // `master.` and `clustercfg.` with TLS; nodes carry their own name in front.
  return endpoint("group", /^[a-z\d-]+\.([a-z\d-]+)\.[a-z\d]+\.([a-z]+\d)\.cache\.amazonaws\.com$/i.exec(host));
}

function endpoint(kind: Endpoint["kind"], match: RegExpExecArray | null): Endpoint | undefined {
  const [, name, region = ""] = match ?? [];
  return name === undefined ? undefined : { kind, name: name.toLowerCase(), region: regionOf(region.toLowerCase()) };
}

/** `apse2` is `ap-southeast-2`. */
function regionOf(short: string): string | undefined {
  const [, area, direction = "", number] = /^(us|eu|ap|ca|sa|me|af|il|mx)([a-z]+)(\d)$/.exec(short) ?? [];
  const written = directions[direction];
  return area === undefined || number === undefined || written === undefined
    ? undefined
    : `${area}-${written}-${number}`;
}
