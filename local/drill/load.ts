/** The load of a drill: all who use the shop at once. */
import { Client } from "./client";
import type { DrillShop } from "./drill-shop";
import { GuardedThings, lockAgain } from "./lockers";
import type { Sample } from "./record";
import { type PlacedOrder, shop } from "./shoppers";
import { type GivenSession, readCart, readFilms, signInAgain } from "./visitors";

const filmReaders = 5;

export class Load {
  readonly samples: Sample[] = [];
  readonly orders: PlacedOrder[] = [];
  readonly sessions: GivenSession[] = [];
  readonly things = new GuardedThings();
  goesOn = true;
  readonly #all: Promise<unknown>;

  constructor({ url, shoppers, visitors, services }: DrillShop) {
    const client = () => new Client(url, (sample) => this.samples.push(sample));
    this.#all = Promise.all([
      ...Array.from({ length: filmReaders }, () => readFilms(client(), this)),
      ...visitors.map((login) => signInAgain(client(), login, this, (session) => this.sessions.push(session))),
      ...visitors.slice(0, 4).map((login) => readCart(client(), login, this)),
      ...shoppers.map((login) => shop(client(), login, this, (order) => this.orders.push(order))),
      ...services.map((login) => lockAgain(client(), login, this, this.things)),
    ]);
  }

  /** Resolves when everybody has finished what they were at; orders are sent again until they are decided. */
  async end(): Promise<void> {
    this.goesOn = false;
    await this.#all;
  }
}
