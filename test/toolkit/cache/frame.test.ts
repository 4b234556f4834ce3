import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeFrame, encodeFrame, type Frame } from "../../../toolkit/cache/frame";

const documented = readFileSync(join(__dirname, "../../../docs/wire-format.md"), "utf8");
const examples = JSON.parse(/```json\n([^]*?)```/.exec(documented)![1]!) as (Omit<Frame<unknown>, "value"> & {
  frame: string;
  value?: unknown;
})[];

/** As the storing script does it. */
function stamped(rest: Buffer): Buffer {
  return Buffer.concat([Buffer.from("larder2 1700000000000 1700000060000 "), rest]);
}

describe("a frame", () => {
  it.each(examples)("is read as docs/wire-format.md says: $value", ({ frame, ...expected }) => {
    expect(decodeFrame(Buffer.from(frame, "base64"), JSON.parse)).toMatchObject({ value: undefined, ...expected });
  });

  it("gives back any value that JSON can hold", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.dictionary(fc.string(), fc.maxSafeNat()), (json, loadMs, versions) => {
        const value: unknown = JSON.parse(JSON.stringify(json)); // JSON has no -0
        const frame = decodeFrame(stamped(encodeFrame(JSON.stringify(value), loadMs, versions)), JSON.parse);
        expect(frame).toMatchObject({
          value,
          loadMs,
          versions: { ...versions },
          softExpiryMs: 1700000000000,
          hardExpiryMs: 1700000060000,
        });
      }),
    );
  });

  it.each([{ title: "Slam" }, "Slam ".repeat(10_000), undefined])("of another shape is nothing: %#", (value) => {
    const [of1, of2] = [1, 2].map((shape) => stamped(encodeFrame(JSON.stringify(value), 1, {}, shape))) as [
      Buffer,
      Buffer,
    ];
    expect(decodeFrame(of1, JSON.parse)).toMatchObject({ value });
    expect(decodeFrame(of2, JSON.parse, 2)).toMatchObject({ value });
    expect(decodeFrame(of1, JSON.parse, 2)).toBeUndefined();
    expect(decodeFrame(of2, JSON.parse)).toBeUndefined();
    expect(decodeFrame(of2, JSON.parse, 22)).toBeUndefined();
    // As releases wrote it that knew of no shapes.
    expect(of1.toString("latin1")).toMatch(/^larder2 \d+ \d+ 1 (json|json\+gzip|none) \{\}\n/);
  });

  it("is compressed when it is long", () => {
    const value = "Slam ".repeat(10_000);
    const frame = stamped(encodeFrame(JSON.stringify(value), 1, {}));
    expect(frame.length).toBeLessThan(1_000);
    expect(decodeFrame(frame, JSON.parse)).toMatchObject({ value });
  });

  it("cut short or garbled is nothing", () => {
    const whole = Buffer.from(examples[2]!.frame, "base64");
    for (let length = 0; length < whole.length; length++)
      expect(decodeFrame(whole.subarray(0, length), JSON.parse)).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeFrame(Buffer.from(bytes), JSON.parse) === undefined));
  });
});
