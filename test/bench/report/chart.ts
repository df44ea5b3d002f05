/** Latency percentiles as an SVG: one bar per contender from median to maximum on a logarithmic scale. Pure. */
import type { Report } from './report';
import type { Summary } from './statistics';
import { figure, roundForSvg, SVG_STYLE, text, withSeparators } from './svg';

interface Bar {
  readonly label: string;
  readonly latencies: Summary;
  readonly isOwn: boolean;
}

interface Group {
  readonly heading: string;
  readonly bars: readonly Bar[];
}

interface Scale {
  readonly xOf: (ms: number) => number;
  readonly ticks: readonly number[];
}

const LEGEND =
  'Small dot: p50. Large dot: p95. Ring: p99. Tick: max. Logarithmic scale; each URL requested once, without a cache.';

const WIDTH = 900;
/** Horizontal range of the scale, between the names and the figures of the contenders. */
const [LEFT, RIGHT] = [170, 660];
const FIGURES = [
  { heading: 'p50', x: 715 },
  { heading: 'p95', x: 775 },
  { heading: 'p99', x: 835 },
  { heading: 'max', x: 895 },
];
const TOP = 84;
const BAR_HEIGHT = 26;
const GROUP_GAP = 36;

export function toChart({ facts, own, comparisons }: Report): string {
  const groups: Group[] = [
    {
      heading: `all kinds of queries: ${own.all.requests} requests`,
      bars: [{ label: 'FarmLokal', latencies: own.all, isOwn: true }],
    },
    ...comparisons.map(({ baseline, theirs, own: same }) => ({
      heading: `${theirs.requests} of these queries that ${baseline} supports`,
      bars: [
        { label: baseline, latencies: theirs, isOwn: false },
        { label: 'FarmLokal', latencies: same, isOwn: true },
      ],
    })),
  ];
  const scale = logScale(groups.flatMap(({ bars }) => bars.map(({ latencies }) => latencies)));
  const heights = groups.map(({ bars }) => GROUP_GAP + bars.length * BAR_HEIGHT);
  const bottom = TOP + heights.reduce((sum, height) => sum + height, 0) + 8;
  const drawn = groups.map((group, index) => {
    const y = TOP + heights.slice(0, index).reduce((sum, height) => sum + height, 0);
    return drawGroup(group, y, scale);
  });
  const title = `GET /products over ${withSeparators(facts.rows)} products: latency in milliseconds`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 50}" role="img">`,
    `<title>${title}</title>`,
    `<style>${SVG_STYLE}\n</style>`,
    text(0, 18, title, 'title'),
    text(0, 40, `${facts.server}, Node.js ${facts.node}, ${facts.cores} × ${facts.cpu}`, 'quiet'),
    ...FIGURES.map(({ heading, x }) => text(x, TOP, heading, 'quiet figure')),
    ...drawn,
    ...scale.ticks.map((ms) => text(scale.xOf(ms), bottom + 12, withSeparators(ms), 'quiet tick')),
    text(0, bottom + 40, LEGEND, 'quiet'),
    '</svg>\n',
  ].join('\n');
}

/** Returns a scale between the powers of ten that enclose all latencies. */
function logScale(summaries: readonly Summary[]): Scale {
  const first = Math.floor(Math.log10(Math.min(...summaries.map(({ p50Ms }) => p50Ms))));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...summaries.map(({ worstMs }) => worstMs)))));
  const xOf = (ms: number) => roundForSvg(LEFT + ((Math.log10(ms) - first) / (last - first)) * (RIGHT - LEFT));
  return { xOf, ticks: Array.from({ length: last - first + 1 }, (_, step) => 10 ** (first + step)) };
}

function drawGroup({ heading, bars }: Group, y: number, { xOf, ticks }: Scale): string {
  const [top, bottom] = [y + GROUP_GAP - 6, y + GROUP_GAP + bars.length * BAR_HEIGHT - 2];
  return [
    text(0, y + 20, heading, 'quiet'),
    ...ticks.map(xOf).map((x) => `<line class="grid" x1="${x}" y1="${top}" x2="${x}" y2="${bottom}"/>`),
    ...bars.map((bar, index) => drawBar(bar, y + GROUP_GAP + index * BAR_HEIGHT + BAR_HEIGHT / 2 - 4, xOf)),
  ].join('\n');
}

function drawBar({ label, latencies, isOwn }: Bar, y: number, xOf: (ms: number) => number): string {
  const kind = isOwn ? 'own' : 'baseline';
  const [p50, p95, p99, worst] = [latencies.p50Ms, latencies.p95Ms, latencies.p99Ms, latencies.worstMs];
  const [x50, x95, x99, xWorst] = [p50, p95, p99, worst].map(xOf);
  return [
    text(0, y + 5, label, kind),
    `<g class="${kind}">`,
    `<line class="span" x1="${x50}" y1="${y}" x2="${xWorst}" y2="${y}"/>`,
    `<circle cx="${x50}" cy="${y}" r="4"/><circle cx="${x95}" cy="${y}" r="6"/>`,
    `<circle cx="${x99}" cy="${y}" r="4" fill="none" stroke-width="2"/>`,
    `<line x1="${xWorst}" y1="${y - 6}" x2="${xWorst}" y2="${y + 6}" stroke-width="2"/>`,
    '</g>',
    ...[p50, p95, p99, worst].map((ms, index) => text(FIGURES[index]?.x ?? WIDTH, y + 5, figure(ms), 'figure')),
  ].join('\n');
}
