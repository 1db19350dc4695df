/** A canvas that is painted anew whenever a signal that its painter reads changes, its size does, or the theme. */
import { effect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { theme } from "../../theme.js";

export interface Painting {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** Pixels of the screen to one of the page's. */
  readonly density: number;
}

export function PaintedCanvas({ label, height, class: extra = "", paint, of, onWidth }: {
  label: string;
  /** Pixels; as its style has it where missing. */
  height?: number;
  class?: string;
  /** May read signals. */
  paint: (painting: Painting) => void;
  /** Painted anew when one of these is another. */
  of: readonly unknown[];
  onWidth?: (width: number) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<{ width: number; height: number }>();
  useLayoutEffect(() => {
    const element = canvas.current!;
    const measure = () => {
      const { clientWidth, clientHeight } = element;
      setSize((before) => (before?.width === clientWidth && before.height === clientHeight ? before : { width: clientWidth, height: clientHeight }));
      onWidth?.(clientWidth);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!size || size.width === 0) return undefined;
    const element = canvas.current!;
    const density = devicePixelRatio || 1;
    [element.width, element.height] = [Math.round(size.width * density), Math.round(size.height * density)];
    const context = element.getContext("2d")!;
    return effect(() => {
      void theme.value;
      context.setTransform(density, 0, 0, density, 0, 0);
      context.clearRect(0, 0, size.width, size.height);
      paint({ context, ...size, density });
    });
  }, [size, ...of]);
  return <canvas ref={canvas} class={extra} role="img" aria-label={label} {...(height !== undefined && { style: { height: `${height}px` } })} />;
}

