/** The hours in which AWS may back up or maintain a store, as it writes them, in UTC. */

/** Minutes since Monday 00:00, over `minutes`; may run into the next week. */
interface Span {
  readonly start: number;
  readonly minutes: number;
}

const dayMinutes = 24 * 60;
const weekMinutes = 7 * dayMinutes;
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export interface StoreWindows {
  /** Each day, such as `03:00-04:00`. */
  readonly backup: string;
  /** Each week, such as `sun:05:00-sun:06:00`. */
  readonly maintenance: string;
  readonly minimumMinutes: number;
}

/** Finds what is wrong with the two windows of one store. */
export function* findWindowMistakes({ backup, maintenance, minimumMinutes }: StoreWindows): Generator<string> {
  const daily = readDaily(backup);
  const weekly = readWeekly(maintenance);
  if (daily === undefined || daily.minutes < minimumMinutes)
    yield `the backup window is "${backup}": use at least ${minimumMinutes} minutes of UTC, such as 03:00-04:00`;
  if (weekly === undefined || weekly.minutes < minimumMinutes || weekly.minutes > dayMinutes)
    yield `the maintenance window is "${maintenance}": use ${minimumMinutes} minutes to a day of UTC, such as sun:05:00-sun:06:00`;
  if (daily && weekly && days.some((_, day) => overlap({ ...daily, start: daily.start + day * dayMinutes }, weekly)))
    yield `the backup window ${backup} and the maintenance window ${maintenance} overlap, which AWS refuses: move one`;
}

function overlap(one: Span, other: Span): boolean {
  const startsWithin = (a: Span, b: Span) => (a.start - b.start + weekMinutes) % weekMinutes < b.minutes;
  return startsWithin(one, other) || startsWithin(other, one);
}

function readDaily(text: string): Span | undefined {
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
  const start = minuteOfDay(from);
  const end = minuteOfDay(to);
  if (start === undefined || end === undefined) return undefined;
  return { start, minutes: (end - start + dayMinutes) % dayMinutes };
}

function readWeekly(text: string): Span | undefined {
  const [, fromDay, from, toDay, to] = /^([a-z]{3}):(\d\d:\d\d)-([a-z]{3}):(\d\d:\d\d)$/.exec(text) ?? [];
  const start = minuteOfWeek(fromDay, from);
  const end = minuteOfWeek(toDay, to);
  if (start === undefined || end === undefined) return undefined;
  return { start, minutes: (end - start + weekMinutes) % weekMinutes };
}

function minuteOfWeek(day: string | undefined, time: string | undefined): number | undefined {
  const index = days.indexOf(day ?? "");
  const minute = minuteOfDay(time);
  return index < 0 || minute === undefined ? undefined : index * dayMinutes + minute;
}

function minuteOfDay(time: string | undefined): number | undefined {
  const [hour = NaN, minute = NaN] = (time ?? "").split(":").map(Number);
  return hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
}
