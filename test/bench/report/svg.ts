/** Parts that the charts share. Pure. */

/** Light and dark colours: `own` for FarmLokal, `baseline` for the services that it is compared with. */
export const SVG_STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .quiet { fill: #59636e; font-size: 12px; }
  .figure { text-anchor: end; font-variant-numeric: tabular-nums; }
  .tick { text-anchor: middle; }
  .grid { stroke: #d1d9e0; }
  .own { fill: #1a7f37; stroke: #1a7f37; }
  .baseline { fill: #bc4c00; stroke: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .own { fill: #3fb950; stroke: #3fb950; }
    .baseline { fill: #f0883e; stroke: #f0883e; }
  }
  .span { stroke-width: 3; stroke-opacity: 0.35; }
  text.own, text.baseline { stroke: none; }`;

/** A text element: `text(0, 18, 'a < b', 'title')` → `<text class="title" x="0" y="18">a &lt; b</text>` */
export function text(x: number, y: number, content: string, kind: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text class="${kind}" x="${x}" y="${y}">${escaped}</text>`;
}

/** Formats with about three significant digits: 0.42, 7.30, 12.9, 2,807. */
export function figure(ms: number): string {
  if (ms >= 100) return withSeparators(Math.round(ms));
  return ms.toFixed(ms >= 10 ? 1 : 2);
}

export function withSeparators(value: number): string {
  return value.toLocaleString('en-US');
}

/** Rounds a coordinate to a tenth. */
export function roundForSvg(value: number): number {
  return Math.round(value * 10) / 10;
}
