/** The part that is used of a package that brings no types: the slot (0 to 16383) of a key. */
declare module "cluster-key-slot" {
  export default function slotOf(key: string): number;
}
