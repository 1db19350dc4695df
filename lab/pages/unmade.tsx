/** Stands where a page will be. */
import type { Page } from "./index.js";

export function Unmade({ page }: { page: Page }) {
  return (
    <article class="prose unmade-page">
      <h1 tabIndex={-1}>{page.title}</h1>
      <p class="lead">{page.summary}</p>
      <p class="muted">This page has not been made yet.</p>
    </article>
  );
}
