/** What a drill counts: that it sees what must not be, when it is there. */
import { randomUUID } from "node:crypto";
import { withConnection } from "../../lambdas/platform/database";
import { migrate } from "../../lambdas/migrate/migrate";
import { booksOf, type BooksFound } from "../../local/drill/books";
import { GuardedThings } from "../../local/drill/lockers";
import type { Drilled } from "../../local/drill/one-drill";
import type { Sample } from "../../local/drill/record";
import { errorsOf, summaryOf } from "../../local/drill/report";
import type { PostgresServer } from "../../local/servers/postgres";
import { letApplicationSignIn } from "../../local/setup/application-role";
import { ownPostgres } from "../support/servers";
import { migrateOptions } from "../support/shop-database";

describe("what locks guard", () => {
  const later = () => performance.now() + 60_000;

  it("has nothing to say of leases that follow one another, or that whoever had it has given up by its time", () => {
    const things = new GuardedThings();
    things.enter("payout", 1, later());
    things.leave("payout", 1);
    things.enter("payout", 2, performance.now() - 1);
    things.enter("payout", 3, later());
    things.enter("stocktaking", 2, later());
    expect([things.acquired, things.violations]).toEqual([4, []]);
  });

  it("notices two who have a lock at once, and a token that goes back", () => {
    const things = new GuardedThings();
    things.enter("payout", 5, later());
    things.enter("payout", 6, later());
    things.leave("payout", 6);
    things.leave("payout", 5);
    things.enter("payout", 4, later());
    expect(things.violations).toEqual(["payout: had under token 5 and 6 at once", "payout: token 4 after 6"]);
  });
});

describe("the books", () => {
  let postgres: PostgresServer;
  const onDatabase = (...statements: readonly (readonly [sql: string, values?: unknown[]])[]) => {
    const { host, port, master } = postgres.address;
    return withConnection({ host, port, database: "larder", ...master }, async (client) => {
      for (const [sql, values] of statements) await client.query(sql, values);
    });
  };
  const insertOrder =
    "INSERT INTO orders (id, cart_id, idempotency_key, status, total_cents, fence_token, fence_holder, paid_at) VALUES ($1::text::uuid, $2, $1, $3::text, 500, 1, '', CASE $3::text WHEN 'paid' THEN now() END)";
  const insertCharge = "INSERT INTO simulated_charges (payment_id, cents, outcome) VALUES ($1, $2, 'paid')";
  const found = (...paid: string[]) =>
    booksOf(
      postgres.address,
      paid.map((id) => ({ cartId: id, paid: id, status: 201, attempts: 1 })),
    );
  const right: BooksFound = { told: 0, lost: 0, chargedTwice: 0, chargedForNothing: 0, pending: 0, wrongStock: 0 };

  beforeAll(async () => {
    postgres = await ownPostgres();
    await letApplicationSignIn(postgres.address, "for tests only");
    const { host, port, master } = postgres.address;
    await withConnection({ host, port, database: "larder", ...master }, (client) => migrate(client, migrateOptions));
  });

  it("are right of an order that was charged once", async () => {
    const id = randomUUID();
    await onDatabase([insertOrder, [id, "cart 1", "paid"]], [insertCharge, [id, 500]]);
    expect(await found(id)).toEqual({ ...right, told: 1 });
  });

  it("show an order that is lost, or left pending, a charge for nothing, one too many, and a film that is gone", async () => {
    expect(await found(randomUUID())).toEqual({ ...right, told: 1, lost: 1 });

    await onDatabase([insertCharge, [randomUUID(), 500]]);
    expect(await found()).toEqual({ ...right, chargedForNothing: 1 });

    const [pending, again] = [randomUUID(), randomUUID()];
    await onDatabase(
      [insertOrder, [pending, "cart 2", "pending"]],
      ["UPDATE film_stock SET in_stock = 999 WHERE movie_id = 1"],
    );
    expect(await found(pending)).toEqual({
      ...right,
      told: 1,
      lost: 1,
      chargedForNothing: 1,
      pending: 1,
      wrongStock: 1,
    });

    await onDatabase(
      ["DROP INDEX orders_by_cart"],
      [insertOrder, [again, "cart 1", "paid"]],
      [insertCharge, [again, 500]],
    );
    expect(await found()).toMatchObject({ chargedTwice: 1 });
  });
});

describe("the report", () => {
  const sample = (route: Sample["route"], atMs: number, status: number): Sample => ({ route, atMs, ms: 5, status });
  const drilled = (samples: readonly Sample[]): Drilled => ({
    mode: "single",
    fault: "killed",
    samples,
    beganMs: 0,
    lostMs: 10_000,
    promotedMs: 13_000,
    replacedMs: 14_000,
    endedMs: 20_000,
    books: { told: 0, lost: 0, chargedTwice: 0, chargedForNothing: 0, pending: 0, wrongStock: 0 },
    orders: [],
    locks: { acquired: 0, violations: [] },
    sessions: { given: 1, lostGivenMs: [9_900] },
  });

  it("says when the last write failed after the promotion, and counts no refusal as a failure", () => {
    const samples = [
      sample("POST /orders", 11_000, 503),
      sample("POST /orders", 14_500, 503),
      sample("POST /orders", 14_600, 201),
      sample("GET /cart", 19_000, 500),
      sample("POST /sessions", 19_000, 401),
      sample("GET /movies", 12_000, 0),
    ];
    const cells = summaryOf([drilled(samples)])
      .split("\n")
      .at(-1)!
      .split(" | ");
    expect(cells.slice(2, 6)).toEqual(["3.0 s", "1 of 1", "3 of 5", "1.5 s"]);
    expect(cells.at(-1)).toBe("1 (0.1 s before) |");
    expect(summaryOf([drilled(samples.slice(0, 1))])).toContain("at once");
  });

  it("counts what failed in each second from the loss on", () => {
    const samples = [
      sample("GET /movies", 10_100, 200),
      sample("GET /movies", 10_900, 503),
      sample("GET /movies", 9_999, 0),
    ];
    expect(
      errorsOf(drilled(samples))
        .split("\n")
        .slice(2)
        .map((row) => row.replaceAll(" ", "")),
    ).toEqual(["|-1||1of1|||||||", "|0||1of2|||||||"]);
    expect(errorsOf(drilled([]))).toBe("No request failed.");
  });
});
