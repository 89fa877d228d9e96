/** Where in the client we are: the address of the page is the truth, and links are ordinary links. */

import { pathHere } from "../core/format";

class Place {
  path = $state(location.pathname);
  query = $state(new URLSearchParams(location.search));
  /** Counts moves, so that going to where one is already is seen as well. */
  moves = $state(0);

  read(): void {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
    this.moves += 1;
  }
}

export const place = new Place();

/** Goes to an address of the client, which begins with a slash. */
export function go(address: string, how: { replace?: boolean } = {}): void {
  if (how.replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  place.read();
}

/** Takes clicks on links of the client over from the browser; returns what undoes that. */
export function followLinks(): () => void {
  const back = () => place.read();
  addEventListener("popstate", back);
  document.addEventListener("click", onClick);
  return () => {
    removeEventListener("popstate", back);
    document.removeEventListener("click", onClick);
  };
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
    return;
  }
  const link = (event.target as Element | null)?.closest?.("a");
  if (!link || link.target || link.hasAttribute("download")) return;
  const path = pathHere(link.href, location.origin);
  if (path === null) return;
  event.preventDefault();
  if (link.hash && link.pathname === location.pathname) return;
  go(path);
}

/** Returns the parts of a path that follow `prefix`, or null if it does not begin so.
 *
 * `under("/rooms", "/rooms/a/b")` is `["a", "b"]`.
 */
export function under(prefix: string, path: string): string[] | null {
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return null;
  try {
    return path.slice(prefix.length).split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return null;
  }
}
