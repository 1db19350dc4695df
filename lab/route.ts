/**
 * Where the reader is: the page and its settings, both in the fragment of the address (`#/unroll?cell=lstm`). So one file serves
 * every page from any folder of any server, and a link holds all that is seen.
 */
import { signal } from "@preact/signals";

export interface Route {
  readonly page: string;
  readonly settings: URLSearchParams;
}

/** The page that an empty address means. */
const HOME = "unroll";

export const route = signal<Route>(routeOf(location.hash));

addEventListener("hashchange", () => {
  route.value = routeOf(location.hash);
});

export function routeOf(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { page: path === "" ? HOME : path, settings: new URLSearchParams(query) };
}

/** The address of a page, for links. Settings that are undefined are left out. */
export function addressOf(page: string, settings: Readonly<Record<string, string | undefined>> = {}): string {
  const query = Object.entries(settings)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${encodeURIComponent(name)}=${readable(value)}`]))
    .join("&");
  return `#/${page}${query === "" ? "" : `?${query}`}`;
}

/** Encoded no more than a fragment needs, so that people can read and change it. */
function readable(value: string): string {
  return encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%20", "+");
}

/** Writes settings into the address of this page, without a step in the history. */
export function changeSettings(settings: Readonly<Record<string, string | undefined>>): void {
  const { page, settings: before } = route.peek();
  const merged = { ...Object.fromEntries(before), ...settings };
  const address = addressOf(page, merged);
  history.replaceState(history.state, "", address);
  route.value = routeOf(address);
}
