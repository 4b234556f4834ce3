/** What CloudFront, where a stage has it, tells the functions behind. `lib` has it send these, and nothing else may. */
export const edgeHeaders = {
  /** A secret that CloudFront alone sends; functions know its hash. A caller's own value is replaced by CloudFront. */
  key: "larder-edge-key",
  /** The address that CloudFront has seen the request come from. A caller's own value is replaced by CloudFront. */
  viewer: "larder-viewer-address",
} as const;
