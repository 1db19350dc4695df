/** Lines over a common axis (uPlot): axes with units, a legend that names and values, colours of the theme. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { superscript } from "../numbers.js";
import { colourOf, theme } from "../theme.js";
import "./charts.css";

export interface Series {
  readonly name: string;
  /** One value per x; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Which of the series colours; its place in the list where missing. @default by place */
  readonly colour?: 1 | 2 | 3 | 4;
  readonly dashed?: boolean;
  /** Values are joined across those that are missing. */
  readonly joined?: boolean;
}

export interface LineChartProps {
  /** What the chart shows, for those who cannot see it. */
  readonly label: string;
  readonly x: readonly number[];
  /** With unit: "step", "time (s)". */
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  readonly logarithmic?: boolean;
  /** Pixels, without the legend. */
  readonly height?: number;
}

const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4"] as const;

export function LineChart(props: LineChartProps) {
  const { label, x, series, height = 240 } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = [x, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const look = JSON.stringify([theme.value, height, props.xLabel, props.yLabel, props.logarithmic, series.map(({ name, colour, dashed, joined }) => [name, colour, dashed, joined])]);
  useEffect(() => {
    const element = holder.current!;
    const made = new uPlot(optionsOf(props, element.clientWidth), data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [look]);
  useEffect(() => plot.current?.setData(data), [x, series]);
  return <div class="line-chart" ref={holder} role="img" aria-label={label} style={{ minHeight: `${height + 30}px` }} />;
}

function optionsOf({ xLabel, yLabel, series, logarithmic = false, height = 240 }: LineChartProps, width: number): uPlot.Options {
  const [ink, line] = [colourOf("--muted"), colourOf("--line")];
  const font = `12px ${colourOf("--sans")}`;
  /** Powers of ten alone have lines and names. */
  const decades: Partial<uPlot.Axis> = {
    values: (_plot, splits) => splits.map((value) => (value === null ? "" : powerOfTen(value))),
    filter: (_plot, splits) => splits.map((value) => (isDecade(value) ? value : null)),
    grid: { stroke: line, width: 1, filter: (_plot, splits) => splits.map((value) => (isDecade(value) ? value : null)) },
    ticks: { show: false },
  };
  const axis: uPlot.Axis = { stroke: ink, font, labelFont: font, labelSize: 20, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width,
    height,
    legend: { live: true, markers: { dash: (_plot, place) => (series[place - 1]?.dashed ? "dashed" : "solid") } },
    cursor: { points: { size: 6 } },
    scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
    axes: [{ ...axis, label: xLabel }, { ...axis, label: yLabel, size: 56, ...(logarithmic && decades) }],
    series: [
      { label: xLabel },
      ...series.map(({ name, colour, dashed, joined = false }, i): uPlot.Series => ({
        label: name,
        stroke: colourOf(COLOURS[(colour ?? (i % 4) + 1) - 1]!),
        width: 1.75,
        spanGaps: joined,
        // A line of a few values, or of one, would not be seen.
        points: { show: (plot, place) => (plot.data[place] as (number | null)[]).filter((value) => value !== null).length < 4, size: 6 },
        ...(dashed && { dash: [5, 4] }),
        value: (_plot, value) => (value === null || value === undefined ? "–" : String(Number(value.toPrecision(4)))),
      })),
    ],
  };
}

function isDecade(value: number): boolean {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;
}

/** 0.01, 100; 10⁻⁵ where zeros would have to be counted. */
function powerOfTen(value: number): string {
  const power = Math.round(Math.log10(value));
  return Math.abs(power) <= 3 ? String(Number(value.toPrecision(1))) : `10${superscript(power)}`;
}
