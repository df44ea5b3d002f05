import { Parser } from 'htmlparser2';

const HIDDEN: ReadonlySet<string> = new Set(['script', 'style']);

/** `<p>Ripe &amp; red</p><ul><li>sweet` → `Ripe & red sweet`. Returns a text without markup unchanged. */
export function htmlToText(html: string): string {
  if (!/[<&]/.test(html)) return html;
  let text = '';
  let hidden = 0;
  const at = (step: number) => (name: string) => {
    if (HIDDEN.has(name)) hidden += step;
    text += ' ';
  };
  const parser = new Parser({
    onopentagname: at(1),
    onclosetag: at(-1),
    ontext: (piece) => {
      if (hidden === 0) text += piece;
    },
  });
  parser.end(html);
  return text.replace(/\s+/g, ' ').trim();
}
