/** Typeset mathematics: `<M of={tex`h_t`} />` in a line, `<Equation of={display`h_t = …`} />` on its own. */

export function M({ of }: { of: string }) {
  return <span class="math" dangerouslySetInnerHTML={{ __html: of }} />;
}

export function Equation({ of, label }: { of: string; label?: string }) {
  return (
    <div class="equation" role="group" aria-label={label}>
      <span dangerouslySetInnerHTML={{ __html: of }} />
    </div>
  );
}
