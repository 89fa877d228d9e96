/** What a parameter's value can become, asked of the server while somebody types. */

import { completed } from "./runs";

const PAUSE = 160; // milliseconds without a key before it is asked

/** Returns what asks; `take` gets the last answer, and nothing of those that came too late. */
export function offers(take: (found: readonly string[]) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: AbortController | undefined;
  return (cmdlet: string, parameter: string, text: string): void => {
    clearTimeout(timer);
    stop?.abort();
    timer = setTimeout(async () => {
      const mine = (stop = new AbortController());
      try {
        const found = await completed([cmdlet, `-${parameter}`, text], mine.signal);
        if (stop === mine) take(found.filter((one) => one !== text && !one.startsWith("-")));
      } catch {
        take([]); // typing goes on without
      }
    }, PAUSE);
  };
}
