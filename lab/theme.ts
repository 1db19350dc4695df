/** Light or dark: as the system has it, until the reader chooses. */
import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEY = "unrolled-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const system = signal<Theme>(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => (system.value = dark.matches ? "dark" : "light"));

const chosen = signal<Theme | undefined>(stored());

/** What is shown now; charts that paint on a canvas follow it. */
export const theme = signal<Theme>(chosen.value ?? system.value);

effect(() => {
  theme.value = chosen.value ?? system.value;
  document.documentElement.dataset["theme"] = theme.value;
});

export function toggleTheme(): void {
  chosen.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // A page without storage forgets the choice, and works.
  }
}

function stored(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A colour of styles/tokens.css, for what is painted on a canvas: `colourOf("--ink")`. Read it again when `theme` changes. */
export function colourOf(token: `--${string}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}
