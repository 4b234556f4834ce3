/** @throws TypeError that shows the text */
export function checkStoredText(what: string, text: string): void {
  if (text === "" || !text.isWellFormed())
    throw new TypeError(`the ${what} ${JSON.stringify(text)} can't be stored: give valid Unicode that isn't empty`);
}
