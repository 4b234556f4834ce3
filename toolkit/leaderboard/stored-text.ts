import { shown } from "../shown";

/** @throws TypeError that shows the text */
export function checkStoredText(what: string, text: unknown): void {
  if (typeof text !== "string" || text === "" || !text.isWellFormed())
    throw new TypeError(`the ${what} ${shown(text)} can't be stored: give a string of valid Unicode that isn't empty`);
}
