/** Cache hits and latency over the rate of events as an SVG: one line per version. Pure. */
import { figure, roundForSvg, SVG_STYLE, text, withSeparators } from '../report/svg';
import type { LiveReport, LoadResult } from './live-report';

interface Panel {
  readonly heading: string;
  readonly left: number;
  readonly ticks: readonly number[];
  readonly labelOf: (value: number) => string;
  /** Returns the height of a value, from 0 to 1. */
  readonly heightOf: (value: number) => number;
  readonly valueOf: (reads: Reads) => number;
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly value: number;
  /** Whether no other version has a higher value at this rate. */
  readonly isHighest: boolean;
}

type Reads = NonNullable<LoadResult['reads']>;

const [WIDTH, HEIGHT] = [900, 360];
const [TOP, BOTTOM] = [130, 305];
const PANEL_WIDTH = 370;
const [LEFT, RIGHT] = [50, 510];
/** Distance of the first and last point from the edges of a panel. */
const PADDING = 30;

const LEGEND =
  'Stock events per second on the horizontal axis. Latency on a logarithmic scale, from the intended start of each request.';

export function toLiveChart({ facts, readsPerSecond, loads }: LiveReport): string {
  const measured = loads.filter(({ eventsPerSecond }) => eventsPerSecond !== undefined);
  const title = `${readsPerSecond} reads per second while stocks change, ${withSeparators(facts.rows)} products`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${title}</title>`,
    `<style>${SVG_STYLE}\n  polyline { fill: none !important; stroke-width: 2; }\n</style>`,
    text(0, 18, title, 'title'),
    text(0, 40, `${facts.server}, Node.js ${facts.node}, ${facts.cores} × ${facts.cpu}`, 'quiet'),
    ...versionsIn(measured).map((version, at) => text(at * 120, 64, `● ${version}`, classOf(version))),
    ...[hitPanel(), latencyPanel(measured)].map((panel) => drawPanel(panel, measured)),
    text(0, HEIGHT - 8, LEGEND, 'quiet'),
    '</svg>\n',
  ].join('\n');
}

function hitPanel(): Panel {
  return {
    heading: 'answered from the cache',
    left: LEFT,
    ticks: [0, 25, 50, 75, 100],
    labelOf: (percent) => `${percent} %`,
    heightOf: (percent) => percent / 100,
    valueOf: ({ hitPercent }) => hitPercent,
  };
}

/** Its scale lies between the powers of ten that enclose all latencies. */
function latencyPanel(measured: readonly LoadResult[]): Panel {
  const exponents = measured.map(({ reads }) => Math.log10(Math.max(0.1, reads?.p99Ms ?? 1)));
  const lowest = Math.floor(Math.min(...exponents));
  const highest = Math.max(lowest + 1, Math.ceil(Math.max(...exponents)));
  return {
    heading: 'p99 of reads, ms',
    left: RIGHT,
    ticks: Array.from({ length: highest - lowest + 1 }, (_, at) => 10 ** (lowest + at)),
    labelOf: withSeparators,
    heightOf: (ms) => (Math.log10(Math.max(0.1, ms)) - lowest) / (highest - lowest),
    valueOf: ({ p99Ms }) => p99Ms,
  };
}

function drawPanel(panel: Panel, measured: readonly LoadResult[]): string {
  const { heading, left, ticks, labelOf, heightOf } = panel;
  const rates = [...new Set(measured.map(({ eventsPerSecond = 0 }) => eventsPerSecond))];
  return [
    text(left, TOP - 32, heading, 'quiet'),
    ...ticks.map((tick) => drawTick(left, yOf(heightOf(tick)), labelOf(tick))),
    ...rates.map((rate, at) => text(xOf(left, at, rates.length), BOTTOM + 18, withSeparators(rate), 'quiet tick')),
    ...versionsIn(measured).map((version) => drawLine(panel, version, measured, rates)),
  ].join('\n');
}

function drawTick(left: number, y: number, label: string): string {
  const line = `<line class="grid" x1="${left}" y1="${y}" x2="${left + PANEL_WIDTH}" y2="${y}"/>`;
  return `${line}\n${text(left - 6, y + 4, label, 'quiet figure')}`;
}

function drawLine(
  { left, heightOf, valueOf }: Panel,
  version: LoadResult['version'],
  measured: readonly LoadResult[],
  rates: readonly number[],
): string {
  const points = measured.flatMap((result): Point[] => {
    if (result.version !== version || result.reads === undefined) return [];
    const value = valueOf(result.reads);
    const x = xOf(left, rates.indexOf(result.eventsPerSecond ?? 0), rates.length);
    const sameRate = measured.filter(({ eventsPerSecond }) => eventsPerSecond === result.eventsPerSecond);
    const isHighest = sameRate.every(({ reads }) => reads === undefined || valueOf(reads) <= value);
    return [{ x, y: yOf(heightOf(value)), value, isHighest }];
  });
  const label = ({ x, y, value, isHighest }: Point) =>
    text(x, y + (isHighest ? -10 : 20), figure(value), `${classOf(version)} tick`);
  return [
    `<g class="${classOf(version)}">`,
    `<polyline points="${points.map(({ x, y }) => `${x},${y}`).join(' ')}"/>`,
    ...points.map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="4"/>`),
    '</g>',
    ...points.map(label),
  ].join('\n');
}

function versionsIn(measured: readonly LoadResult[]): LoadResult['version'][] {
  return [...new Set(measured.map(({ version }) => version))];
}

function classOf(version: LoadResult['version']): string {
  return version === 'this version' ? 'own' : 'baseline';
}

function xOf(left: number, at: number, count: number): number {
  return roundForSvg(left + PADDING + (at * (PANEL_WIDTH - 2 * PADDING)) / Math.max(1, count - 1));
}

function yOf(height: number): number {
  return roundForSvg(BOTTOM - height * (BOTTOM - TOP));
}
