/** The frame around every page: navigation, theme, and what computes. */
import type { ComponentType } from "preact";
import { useEffect, useErrorBoundary, useRef, useState } from "preact/hooks";
import { useAnswer } from "./library/client.js";
import { PAGES, type Page } from "./pages/index.js";
import { Unmade } from "./pages/unmade.js";
import { Trouble } from "./parts/controls.js";
import { addressOf, route } from "./route.js";
import { theme, toggleTheme } from "./theme.js";

export function App() {
  const { page: id } = route.value;
  const page = PAGES.find((page) => page.id === id);
  const main = useRef<HTMLElement>(null);
  const arrived = useRef(id);
  useEffect(() => {
    document.title = `${page?.title ?? "Not found"} · The Lab · Unrolled`;
    if (arrived.current === id) return;
    arrived.current = id;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [id, page]);
  return (
    <>
      <a class="skip" href={location.hash} onClick={(event) => (event.preventDefault(), main.current?.focus())}>Skip to the page</a>
      <Header current={id} />
      <main id="main" ref={main} tabIndex={-1}>
        {page ? <Contents key={page.id} page={page} /> : <NotFound id={id} />}
      </main>
      <Footer />
    </>
  );
}

function Header({ current }: { current: string }) {
  return (
    <header class="top">
      <a class="brand" href={addressOf("unroll")}>
        <span>Unrolled</span> The Lab
      </a>
      <nav aria-label="Pages">
        <ul>
          {PAGES.map(({ id, title, load }) => (
            <li key={id}>
              <a href={addressOf(id)} class={load ? "" : "unmade"} aria-current={id === current ? "page" : undefined}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
      <button type="button" class="theme" onClick={toggleTheme} aria-label={theme.value === "dark" ? "Light theme" : "Dark theme"}>
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <circle cx="10" cy="10" r="7" />
          <path d="M10 3a7 7 0 0 1 0 14z" />
        </svg>
      </button>
    </header>
  );
}

function Contents({ page }: { page: Page }) {
  const [Loaded, setLoaded] = useState<ComponentType>();
  const [missing, setMissing] = useState<string>();
  const [broken] = useErrorBoundary((error) => console.error(error));
  useEffect(() => {
    page.load?.().then(
      (module) => setLoaded(() => module.default),
      (error: Error) => setMissing(error.message),
    );
  }, [page]);
  if (broken) return <Trouble>This page failed: {broken.message}. Its address holds the settings; report it together with them.</Trouble>;
  if (missing) return <Trouble>This page could not be loaded: {missing}. Reload it when the server answers again.</Trouble>;
  if (!page.load) return <Unmade page={page} />;
  return Loaded ? <Loaded /> : <div class="loading" aria-busy="true" />;
}

function NotFound({ id }: { id: string }) {
  return (
    <article class="prose">
      <h1>No such page</h1>
      <p class="lead">
        There is no page “{id}” in the Lab. <a href={addressOf("unroll")}>Unroll</a> is where it begins.
      </p>
    </article>
  );
}

function Footer() {
  const { result, error } = useAnswer("describe", undefined);
  const threads = result && `${result.threads} ${result.threads === 1 ? "thread" : "threads"}`;
  return (
    <footer class="bottom">
      {error ? (
        <Trouble>The library could not be started: {error}</Trouble>
      ) : (
        <p title={result?.reasons.join("\n")} data-testid="backend">
          {result ? `Everything is computed here, in your browser: WebAssembly ${result.isa}, ${threads}.` : "Everything is computed here, in your browser."}
        </p>
      )}
    </footer>
  );
}
